import { parseOutcome } from "@roadrunner/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { names } from "../support/site.ts";
import { attackAll, timeFor } from "./random/attack.ts";
import { AT_ONCE, AttackedWorker } from "./random/attacked-worker.ts";
import { hostileTalk, toldBy, type Said, type Talk } from "./random/host-talk.ts";
import { HostileHosts } from "./random/hostile-host.ts";
import { peakMib } from "./random/memory.ts";

failOnLeftovers();

const SHARE = 300;
/** A worker that has done a few hundred tasks takes less; floods that were kept would go over it. */
const MAX_MIB = 300;
const FLOOD_BYTES = 8 * 1024 * 1024;

let hosts: HostileHosts;
let attacked: AttackedWorker;
beforeAll(async () => {
  hosts = await HostileHosts.start();
  attacked = await AttackedWorker.start(() => ["--ssh-config", hosts.sshConfigFile]);
});
afterAll(async () => {
  await attacked.stop();
  await hosts.stop();
});

/** Marks without end, as fast as a host can send them. */
function flood(word: string, nonce: string): Said {
  const line = `rr:${nonce}:${word} ${"x".repeat(20)}\n`;
  return { stream: "stderr", bytes: Buffer.from(line.repeat(FLOOD_BYTES / line.length)) };
}

test(
  "a worker survives its hosts: one answer each that a client can read, no ok that was not said, bounded memory",
  async () => {
    const free = names("h", AT_ONCE);
    const wrong = await attackAll("worker", SHARE, AT_ONCE, async (random, seed) => {
      const user = free.pop() ?? `more${seed}`;
      const talks: { readonly talk: Talk; readonly nonce: string }[] = [];
      const word = random.pick(["wait", "x", ""]);
      const flooded = random.chance(3);
      hosts.say(user, (nonce) => {
        const talk = hostileTalk(random, nonce);
        talks.push({ talk, nonce });
        return flooded ? { ...talk, late: [...talk.late, flood(word, nonce)] } : talk;
      });
      const workload = JSON.stringify({ host: user, user, command: "x", connectTimeoutMs: 30_000 });
      const answer = await attacked.answerTo(workload, `attack-${seed}`);
      free.push(user);
      const parsed = parseOutcome(answer);
      if (!parsed.ok) return parsed.error;
      const { outcome, exitCode = "-", reason = "" } = parsed.value;
      if (outcome !== "ok" || toldBy(talks).codes.has(0)) return undefined;
      return `${outcome} ${exitCode} (${reason}): nobody has said so`;
    });
    expect(wrong).toEqual([]);
    expect(attacked.worker.output()).not.toContain("a bug in rr-worker");
    expect(peakMib(attacked.worker)).toBeLessThan(MAX_MIB);
  },
  timeFor(SHARE),
);
