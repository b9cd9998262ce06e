import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { outcomes, type Site } from "../support/site.ts";
import { until } from "../support/until.ts";
import { refused } from "./attacker.ts";
import { flow, startSignedSite, type SignedSite } from "./signed-site.ts";
import { signAs, signTask, workloadIn } from "./sign-as.ts";
import { type TappedJob } from "./tap.ts";
import { attacker, tap, useAttacker } from "./use-attacker.ts";

failOnLeftovers();

let signed: SignedSite;
let site: Site;
let alice: string;

beforeAll(async () => {
  signed = await startSignedSite();
  ({ site, alice } = signed);
});
afterAll(async () => {
  await signed.stop();
});
useAttacker(() => site.gearmand);

const options = () => ["--sign-key", alice, "--servers", tap.server];

async function replay(job: TappedJob | undefined) {
  return attacker.submit("rr-run", job?.workload ?? "", job?.unique);
}

describe.each(["once", "repeatable"] as const)(
  "a %s task that was seen on its way, and is sent again",
  (delivery) => {
    it("does not run after it was done", async () => {
      const trace = `done-${delivery}`;
      expect((await site.run(flow(trace, { delivery }), options())).code).toBe(0);
      const jobs = tap.jobs("rr-run");
      expect(jobs).toHaveLength(3);
      for (const job of jobs) expect(await replay(job)).toEqual(refused(/replayed/));
      expect(site.lines(trace)).toHaveLength(3);
    });

    it("does not run when its host, which was out of reach, is back", async () => {
      const trace = `back-${delivery}`;
      await site.sshd.kill();
      const { events } = await site.run(flow(trace, { delivery, hosts: "h1" }), options());
      expect(outcomes(events)).toEqual(new Map([["j h1", "unreachable"]]));
      await site.sshd.restart();
      const [job] = tap.jobs("rr-run");
      expect(await replay(job)).toEqual(refused(/replayed/));
      expect(site.lines(trace)).toEqual([]);
    });

    it("does not run when it was skipped, whatever else was made of it", async () => {
      const trace = `skipped-${delivery}`;
      const workload = await seenWorkload(delivery);
      const revoked = { type: "revoke", v: 1, run: workload.task.run, client: workload.task.client };
      const control = await signAs(alice, {
        kind: "control",
        run: workload.task.run,
        functionName: `rr-control.${await site.workerId("w1")}`,
        unique: `control-${delivery}`,
        body: JSON.stringify(revoked),
      });
      expect(await attacker.submit(control.functionName, control.text, control.unique)).toMatchObject({
        ok: true,
      });
      const submission = await signTask(alice, { ...workload, command: `echo x >> $d/${trace}` });
      const send = () => attacker.submit("rr-run", submission.text, submission.unique);
      expect(await send()).toMatchObject({ outcome: "skipped" });
      expect(await send()).toEqual(refused(/replayed/));
      expect(await attacker.submit(control.functionName, control.text, control.unique)).toMatchObject({
        ok: false,
        reason: expect.stringContaining("replayed") as string,
      });
    });

    it("does not run on a worker that has restarted, which has forgotten what it took", async () => {
      const trace = `restarted-${delivery}`;
      await site.sshd.kill();
      await site.run(flow(trace, { delivery, hosts: "h1" }), options());
      await site.sshd.restart();
      await site.workers[0]?.stop();
      site.workers.length = 0;
      site.addWorker();
      await site.allWorkersUp();
      const [job] = tap.jobs("rr-run");
      expect(await replay(job)).toEqual(refused(/older than this worker/));
      expect(site.lines(trace)).toEqual([]);
    });
  },
);

async function seenWorkload(delivery: string) {
  await site.run(flow(`seen-${delivery}`, { delivery, hosts: "h1" }), options());
  return workloadIn(tap.jobs("rr-run")[0]?.workload ?? "");
}

describe("an honest run", () => {
  it("goes on through a worker's restart: what waited in the queue is signed anew, and runs once", async () => {
    const [worker] = site.workers;
    worker?.signal("SIGSTOP");
    const run = site.run(flow("queued"), options());
    await until("the tasks to wait", () => tap.jobs("rr-run").length === 3);
    await worker?.kill();
    site.workers.length = 0;
    site.addWorker();
    const { code, events } = await run;
    expect(code).toBe(0);
    expect(site.lines("queued").sort()).toEqual(["h1", "h2", "h3"]);
    expect(new Set(outcomes(events).values())).toEqual(new Set(["ok"]));
    await site.allWorkersUp();
  });
});
