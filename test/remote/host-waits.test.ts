import { describe, expect, test } from "vitest";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import type { RunRequest } from "../../packages/worker/src/visit/run-request.ts";
import { NO_PROCESS, type HostedVisit } from "../support/hostile-host.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { hostile, ONCE, started, useHostileHosts } from "./hostile-ground.ts";

failOnLeftovers();
useHostileHosts();

const HOUR = 3_600_000;

describe("every wait on a host has a bound", () => {
  type Silence = (visit: HostedVisit) => void | Promise<void>;
  const running: Silence = async (visit) => {
    if (visit.number > 1) return;
    await started(visit);
  };
  const waiting = `wait 1 ${NO_PROCESS.slice("start ".length)}`;
  test.concurrent.each<
    [string, Silence, Partial<RemoteTask>, Partial<RunRequest> & { killWhen?: "sent" | "begun" }, object]
  >([
    ["no hello", () => {}, {}, {}, { outcome: "unreachable" }],
    ["no start", (visit) => visit.greet(), {}, {}, { outcome: "unknown" }],
    [
      "no start of what may run again",
      (visit) => visit.greet(),
      { delivery: "repeatable" },
      {},
      { outcome: "unknown", mayBeRunning: true },
    ],
    [
      "drops before each start",
      async (visit) => (await visit.greet(), visit.drop()),
      {},
      {},
      { outcome: "unknown" },
    ],
    [
      "starts and drops each time",
      async (visit) => (await started(visit), visit.drop()),
      {},
      {},
      { outcome: "unknown" },
    ],
    [
      "starts and drops each time, with a time limit",
      async (visit) => (await started(visit), visit.drop()),
      { timeoutMs: 300, killGraceMs: 100 },
      {},
      { outcome: "unknown" },
    ],
    [
      "says that it waits, and drops each time, with a time limit",
      async (visit) => (await visit.greet(), visit.say(NO_PROCESS, "exists", waiting), visit.drop()),
      { timeoutMs: 300, killGraceMs: 100 },
      {},
      { outcome: "unknown" },
    ],
    [
      "says that it waits, and nothing more",
      async (visit) => (await visit.greet(), void visit.say(NO_PROCESS, "exists", waiting)),
      {},
      {},
      { outcome: "unknown" },
    ],
    [
      "ends one stream, and writes on",
      async (visit) => {
        await started(visit);
        visit.say("end 0 -");
        const timer = setInterval(() => visit.stream.write("x"), 300);
        visit.stream.on("close", () => clearInterval(timer));
      },
      {},
      {},
      { outcome: "ok", outputLost: true },
    ],
    [
      "never ends, with a time limit, and does not answer the killer",
      running,
      { timeoutMs: 100, killGraceMs: 100 },
      {},
      { outcome: "unknown" },
    ],
    [
      "never ends, with a time limit, and starts the killer without an end",
      async (visit) => (await visit.greet(), void visit.say(NO_PROCESS, "claimed - -")),
      { timeoutMs: 100, killGraceMs: 100 },
      {},
      { outcome: "unknown" },
    ],
    [
      "never ends after the second Ctrl-C, and says that the killer waits, on and on",
      async (visit) => {
        await started(visit);
        const timer = setInterval(() => visit.say(waiting), 200);
        visit.stream.on("close", () => clearInterval(timer));
      },
      {},
      { killWhen: "begun" },
      { outcome: "unknown" },
    ],
    [
      "does not start after the second Ctrl-C",
      (visit) => visit.greet(),
      { connectTimeoutMs: 13_000 },
      { killWhen: "sent" },
      { outcome: "unknown" },
    ],
    [
      "tells no helpers after the second Ctrl-C",
      running,
      { delivery: "repeatable", onDisconnect: "finish" },
      { killWhen: "begun" },
      { outcome: "unknown" },
    ],
    [
      "goes on answering without being withdrawn when it may not start any more",
      async (visit) => (await visit.greet(), visit.number === 1 ? visit.drop() : undefined),
      {},
      { beforeBody: refusesAfter(1) },
      { outcome: "unknown" },
    ],
    [
      "is never back after a reboot",
      async (visit) => {
        await visit.greet();
        if (visit.number > 1) return;
        visit.say(NO_PROCESS, "claimed 00000000-0000-4000-8000-000000000000 7");
        visit.drop();
      },
      { reboot: { timeoutMs: 3000 } },
      {},
      { outcome: "timedOut" },
    ],
  ])(
    "%s",
    async (_, script, fields, more, expected) => {
      const { killWhen, ...request } = more;
      const kill = new AbortController();
      const { ground } = await hostile(async (visit) => {
        await script(visit);
        if (killWhen === "sent") kill.abort();
      });
      const signal = killWhen === undefined ? {} : { signal: kill.signal };
      const onBegan = () => {
        if (killWhen === "begun") kill.abort();
      };
      const startedAt = performance.now();
      const end = await ground.run(
        { ...ONCE, connectTimeoutMs: 4000, ...fields },
        { lostTimeoutMs: 3000, onBegan, ...request, ...signal },
      );
      expect(end).toMatchObject(expected);
      if (end.outcome !== "ok")
        expect(end).toMatchObject({ blame: "host", reason: expect.any(String) as string });
      expect(performance.now() - startedAt).toBeLessThan(150_000);
    },
    HOUR / 12,
  );
});

/** A look last thing before a body is sent that lets `count` of them pass. */
function refusesAfter(count: number): NonNullable<RunRequest["beforeBody"]> {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > count ? { outcome: "skipped", reason: "revoked before it started" } : undefined;
  };
}
