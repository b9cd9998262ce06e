import { connect as connectTcp } from "node:net";
import { connect, createServer } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import type { ServerAddress } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import {
  completeText,
  connectedClient,
  connectedWorker,
  gearmandForTest,
  startClient,
  submit,
} from "./kit.ts";
import { certificate, privateKey } from "./tls-certificate.ts";

failOnLeftovers();

/** TLS in front of a job server, as stunnel would be. */
async function startTlsFront(target: { readonly port: number }) {
  let taken = 0;
  const server = createServer({ cert: certificate, key: privateKey }, (near) => {
    taken += 1;
    const far = connectTcp({ host: "127.0.0.1", port: target.port });
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
    near.pipe(far).pipe(near);
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  onTestFinished(() => void server.close());
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  return { address: { host: "127.0.0.1", port: bound.port }, taken: () => taken };
}

const trusting = ({ host, port }: ServerAddress) => connect({ host, port, ca: certificate });

test("client and worker through a TLS dialer", async () => {
  const gearmand = await gearmandForTest();
  const front = await startTlsFront(gearmand);
  await connectedWorker([front.address], { f: async ({ workload }) => workload }, { dial: trusting });
  const client = await connectedClient([front.address], { dial: trusting });
  const large = "x".repeat(300_000);
  expect(await completeText(submit(client, "f", { workload: large }))).toBe(large);
});

test("a certificate that does not verify: never up, and not a byte of Gearman is sent", async () => {
  const gearmand = await gearmandForTest();
  const front = await startTlsFront(gearmand);
  const states: string[] = [];
  const client = startClient([front.address], { dial: ({ host, port }) => connect({ host, port }) });
  client.onState((state) => states.push(state.type));
  await until("three attempts", () => client.state.type === "connecting" && client.state.attempt >= 3);
  expect(client.state).toMatchObject({
    lastError: expect.stringMatching(/self.signed certificate/) as string,
  });
  expect(states).not.toContain("up");
  expect(front.taken()).toBe(0);
});
