import { copyFileSync } from "node:fs";
import { connect, type ConnectionOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handOverOf, planOf } from "../coordinator/kit.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startCoordinator } from "../support/processes.ts";
import { until } from "../support/until.ts";
import { makeCertificate } from "./certificates.ts";
import { DoorsKit } from "./doors-kit.ts";

failOnLeftovers();

let kit: DoorsKit;

beforeAll(async () => {
  kit = await DoorsKit.start();
  for (const name of ["ada", "root"]) kit.keys.make(name);
  kit.allow("ada", "root");
});

afterAll(() => kit.stop());

interface Greeted {
  readonly protocol: string | null;
  readonly fingerprint: string;
}

function greet(options: ConnectionOptions = {}): Promise<Greeted | string> {
  return new Promise((resolve) => {
    const socket = connect(
      { host: "127.0.0.1", port: kit.port, rejectUnauthorized: false, ...options },
      () => {
        const { fingerprint256: fingerprint } = socket.getPeerCertificate();
        resolve({ protocol: socket.getProtocol(), fingerprint });
        socket.destroy();
      },
    );
    socket.on("error", ({ message }) => resolve(message));
  });
}

describe("TLS", () => {
  it("is 1.2 or newer", async () => {
    expect(await greet()).toMatchObject({ protocol: "TLSv1.3" });
    expect(await greet({ maxVersion: "TLSv1.2" })).toMatchObject({ protocol: "TLSv1.2" });
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    expect(await greet(old)).toMatch(/alert|version/);
  });

  it("has the next certificate when the files change, and whoever watches a run stays", async () => {
    const run = handOverOf(
      planOf({ name: "f", slots: [{ jobs: [{ name: "a", hosts: "h1", command: "true" }] }] }),
    );
    const token = await kit.tokenOf("ada");
    expect((await kit.ask("POST", "/runs", { token, body: run })).status).toBe(201);
    const watching = kit.watch(run.run, token);
    const before = await greet();
    // One that does not fit changes nothing.
    const next = makeCertificate(kit.home.path, "next");
    copyFileSync(next.cert, kit.certificate.cert);
    await kit.program.waitFor("the certificate before this one is served on: the key in ");
    expect(await greet()).toEqual(before);
    copyFileSync(next.key, kit.certificate.key);
    await kit.program.waitFor("the certificate was renewed");
    const after = await greet();
    expect(after).not.toEqual(before);
    expect((await kit.ask("GET", "/login", { token })).status).toBe(200);
    expect(watching.isOver).toBe(false);

    // And is let go when his key is taken out.
    const stays = kit.watch(run.run, await kit.tokenOf("root"));
    kit.allow("root");
    await until("the stream to end", () => watching.isOver);
    expect(stays.isOver).toBe(false);
    stays.leave();
  });
});

it("a port that somebody has is told, and so is a key that does not fit", async () => {
  const { cert } = kit.certificate;
  const { key } = makeCertificate(kit.home.path, "third");
  const listen = ["--listen", `127.0.0.1:${kit.port}`, "--allowed-signers", kit.allowed];
  const [taken, unfit] = [
    startCoordinator([...listen, "--servers", "127.0.0.1:1"]),
    startCoordinator([...listen, "--tls-cert", cert, "--tls-key", key]),
  ];
  expect(await taken.exited).toMatchObject({ code: 3 });
  expect(taken.output()).toContain("another program has this port; stop that one, or name another port");
  expect(await unfit.exited).toMatchObject({ code: 2 });
  expect(unfit.output()).toContain(`the key in ${key} is not the one of the certificate in ${cert}`);
});
