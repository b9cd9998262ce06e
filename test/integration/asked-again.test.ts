import type { OutcomeMessage, TaskRef } from "@roadrunner/core";
import { GearmanClient } from "@roadrunner/core/gearman";
import { expect, it, onTestFinished } from "vitest";
import { TaskTraffic } from "../../packages/engine/src/traffic/task-traffic.ts";
import type { TaskNews } from "../../packages/engine/src/traffic/traffic-options.ts";
import { Wrapping } from "../../packages/engine/src/protect/wrapping.ts";
import { TakenOutputs } from "../../packages/engine/src/traffic/taken-outputs.ts";
import { startScriptedServer, type Peer } from "../gearman/scripted-server.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { planOf } from "../support/plans.ts";
import { until } from "../support/until.ts";

failOnLeftovers();

const plan = planOf({ name: "j", hosts: 1 });
const task: TaskRef = { phase: "slots", slot: 0, job: 0, host: 0, attempt: 1 };

/** What submissions of one task say of those before them, with a job server that answers each as it is told. */
async function traffic() {
  const submitted: { task?: { submission?: string; again?: { sinceMs: number } } }[] = [];
  const peers: Peer[] = [];
  const server = await startScriptedServer({
    onPacket: (peer, packet) => {
      if (packet.name !== "SUBMIT_JOB") return;
      submitted.push(JSON.parse(packet.body(2).toString()) as { task?: object });
      peers.push(peer);
      peer.send("JOB_CREATED", `H:${submitted.length}`);
    },
  });
  const gearman = new GearmanClient({ servers: [server.address] });
  gearman.start();
  onTestFinished(() => gearman.close());
  await until("the client to connect", () => gearman.state.type === "up");
  const news: TaskNews[] = [];
  const carries = new TaskTraffic({
    plan,
    run: "20260101-000000-aaaaaaaa",
    client: "c",
    gearman,
    maxInFlight: 10,
    serverTimeoutMs: 60_000,
    lostTimeoutMs: 300_000,
    keepOutputBytes: 1000,
    live: false,
    wrapping: new Wrapping(undefined, undefined),
    outputs: new TakenOutputs(plan),
    onNews: (one) => void news.push(one),
    onOutput: () => {},
    onWarning: () => {},
    onRefused: () => {},
  });
  return {
    /** Asks; `lose` or an outcome is what comes of it. The `again` of that submission. */
    ask: async (end: "lose" | Partial<OutcomeMessage>) => {
      const number = submitted.length + 1;
      const heard = news.length;
      carries.request(task);
      carries.pump();
      await until(`submission ${number}`, () => submitted.length === number);
      const handle = `H:${number}`;
      const submission = submitted.at(-1)?.task?.submission;
      const answer = {
        v: 1,
        submission,
        host: "h1",
        worker: "w",
        stdout: "",
        stderr: "",
        ...(end as object),
      };
      if (end === "lose") peers.at(-1)?.send("WORK_FAIL", handle);
      else peers.at(-1)?.send("WORK_COMPLETE", handle, JSON.stringify(answer));
      await until(`news of submission ${number}`, () => news.length > heard);
      return submitted.at(-1)?.task?.again;
    },
    news,
  };
}

it.each<Partial<OutcomeMessage>>([
  { outcome: "unreachable", reason: "no route", blame: "host" },
  { outcome: "refused", reason: "no secret", blame: "worker" },
  { outcome: "refused", reason: "there is no folder /srv", blame: "host" },
])("an answer that says nothing of a lost submission leaves it remembered: %j", async (silent) => {
  const { ask, news } = await traffic();
  expect(await ask("lose")).toBeUndefined();
  expect(await ask(silent)).toEqual({});
  expect(await ask({ outcome: "ok", exitCode: 0 })).toEqual({});
  expect(news.map((one) => (one.type === "taskEnded" ? one.end.outcome : one.type))).toEqual([
    "taskLost",
    silent.outcome,
    "ok",
  ]);
});

it("an answer to the only submission that there was leaves nothing to remember", async () => {
  const { ask } = await traffic();
  expect(await ask({ outcome: "unreachable", reason: "no route", blame: "host" })).toBeUndefined();
  expect(await ask({ outcome: "ok", exitCode: 0 })).toBeUndefined();
});
