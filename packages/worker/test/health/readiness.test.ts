import { expect, it } from "vitest";
import { reasonsNotReady } from "../../src/health/readiness.ts";

const server = { host: "gearmand", port: 4730 };
const other = { host: "::1", port: 4731 };
const up = { server, state: { type: "up", server } } as const;
const down = { server: other, state: { type: "down", server: other, reason: "connection reset" } } as const;
const dialling = {
  server,
  state: { type: "connecting", server, attempt: 3, lastError: "gearmand:4730: connection refused" },
} as const;
const ready = { life: "running", ownFault: undefined, links: [up] } as const;

it("is ready when it runs, blames not itself, and one job server of several is there", () => {
  expect(reasonsNotReady(ready)).toEqual([]);
  expect(reasonsNotReady({ ...ready, links: [down, up] })).toEqual([]);
});

it.each(["draining", "leaving", "gone"] as const)("is not ready while it is %s", (life) => {
  expect(reasonsNotReady({ ...ready, life })).toEqual([`${life}: it was told to leave`]);
});

it("tells every reason, and of each job server why it is not there", () => {
  expect(reasonsNotReady({ life: "draining", ownFault: "no agent", links: [dialling, down] })).toEqual([
    "draining: it was told to leave",
    "not grabbing: no agent",
    "connected to no job server: gearmand:4730: connection refused; [::1]:4731: connection reset",
  ]);
});

it("names a job server that was not reached yet", () => {
  const first = { server, state: { type: "connecting", server, attempt: 1 } } as const;
  const idle = { server, state: { type: "idle" } } as const;
  expect(reasonsNotReady({ ...ready, links: [first, idle] })).toEqual([
    "connected to no job server: gearmand:4730: connecting; gearmand:4730: idle",
  ]);
});
