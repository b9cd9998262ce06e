import { afterEach, expect, it } from "vitest";
import type { ChildProgram } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startWorker } from "../support/processes.ts";

failOnLeftovers();

let gearmand: Gearmand | undefined;
let worker: ChildProgram | undefined;
afterEach(async () => {
  await worker?.stop();
  await gearmand?.stop();
});

it("rr-worker says once each that its job server is not reached, is reached, is lost and is back", async () => {
  const port = await findFreePort();
  const server = `127.0.0.1:${port}`;
  worker = startWorker(["--servers", server, "--log-format", "pretty"]);
  const line = (message: string, reason = "") => new RegExp(`${message}.* server="${server}"${reason}`);
  await worker.waitFor(line("warn +cannot reach the job server", ' reason="connect ECONNREFUSED'));
  gearmand = await startGearmand({ port });
  await worker.waitFor(line("info +reached the job server"));
  await gearmand.kill();
  await worker.waitFor(line("warn +lost the job server", ' reason="[^"]+"'));
  await gearmand.restart();
  await worker.waitFor(line("info +the job server is back"));
  const told = worker
    .stderr()
    .split("\n")
    .filter((text) => text.includes(`server="${server}"`));
  expect(told).toHaveLength(4);
});
