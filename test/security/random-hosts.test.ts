import { encodeAnswer, parseOutcome, WIRE_VERSION } from "@roadrunner/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runOnHost } from "../../packages/worker/src/verdict/run-on-host.ts";
import type { RemoteEnd, RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import { createSshHosts } from "../../packages/worker/src/ssh/hosts.ts";
import type { Transport } from "../../packages/worker/src/transport/transport.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import type { Random } from "../support/random.ts";
import { names } from "../support/site.ts";
import { attackAll, timeFor } from "./random/attack.ts";
import { hostileTalk, toldBy, type Talk } from "./random/host-talk.ts";
import { HostileHosts } from "./random/hostile-host.ts";

failOnLeftovers();

const SHARE = 1200;
const AT_ONCE = 20;
/** Longer than any text of ours. */
const MAX_REASON = 4000;

let host: HostileHosts;
let ssh: Transport;
beforeAll(async () => {
  host = await HostileHosts.start();
  ssh = createSshHosts({ sshConfigFiles: [host.sshConfigFile] });
});
afterAll(async () => {
  await ssh.close();
  await host.stop();
});

interface Channel {
  readonly nonce: string;
  readonly talk: Talk;
}

function randomTask(random: Random): RemoteTask {
  const once = random.chance(40);
  return remoteTask({
    delivery: once ? "once" : "repeatable",
    onDisconnect: once ? "finish" : "attached",
    ...(once ? { recordKey: "k".repeat(26), attempt: random.between(1, 2) } : {}),
    ...(random.chance(20) ? { timeoutMs: 600_000 } : {}),
    ...(random.chance(20) ? { askedBefore: {} } : {}),
  });
}

/** What an end must never be, given all that the host has said. */
function wrongOf(end: RemoteEnd, channels: readonly Channel[]): string | undefined {
  const { codes, started, words } = toldBy(channels);
  const { outcome, exitCode, reason = "" } = end;
  const told = `${outcome} ${exitCode ?? "-"} (${reason.slice(0, 200)})`;
  if (outcome === "ok" && !codes.has(0)) return `${told}: nobody has said so`;
  if (exitCode !== undefined && !codes.has(exitCode)) return `${told}: nobody has told such a code`;
  if (outcome === "failed" && exitCode === undefined) return `${told}: without an exit code`;
  if (outcome === "unreachable" && started) return `${told}: it has started`;
  if (outcome === "skipped" && !words.has("withdrawn")) return `${told}: nobody held it back`;
  if (outcome === "timedOut" && !words.has("timedOut")) return `${told}: nobody killed it`;
  if (outcome === "cancelled" && !words.has("cancelled")) return `${told}: nobody killed it`;
  if (reason.length > MAX_REASON) return `a reason of ${reason.length} characters`;
  const { stdout: _stdout, stderr: _stderr, ...rest } = end;
  const message = { v: WIRE_VERSION, host: "h", worker: "w", ...rest, stdout: "", stderr: "" } as const;
  const parsed = parseOutcome(encodeAnswer(message));
  return parsed.ok ? undefined : `${told}: no client can read it: ${parsed.error}`;
}

test(
  "whatever a host says: no ok but what was said, no start denied, one end, in time",
  async () => {
    const free = names("h", AT_ONCE);
    const wrong = await attackAll("hosts", SHARE, AT_ONCE, async (random, seed) => {
      const user = free.pop() ?? `more${seed}`;
      const task = randomTask(random);
      const channels: Channel[] = [];
      host.say(user, (nonce) => {
        const talk = hostileTalk(random, nonce);
        channels.push({ nonce, talk });
        return talk;
      });
      const connect = () => ssh.connect({ host: user, user, connectTimeoutMs: 60_000 });
      const lease = await connect();
      if (!lease.ok) return lease.error.message;
      try {
        const log = { debug: () => {}, warn: () => {} };
        const end = await runOnHost({ lease: lease.value, task, connect, log, lostTimeoutMs: 100 });
        return wrongOf(end, channels);
      } finally {
        lease.value.release();
        free.push(user);
      }
    });
    expect(wrong).toEqual([]);
  },
  timeFor(SHARE),
);
