import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit } from "../support/processes.ts";
import { eventsOf, names, outcomes, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";

failOnLeftovers();

let site: Site;
beforeAll(async () => {
  site = await Site.start({ hosts: [...names("db", 3), ...names("web", 2)], workers: 2, concurrency: 8 });
});
afterAll(async () => {
  await site.stop();
});

const LEADER = { from: "elect", name: "leader" };
const tell = (file: string, more: object = {}) => ({
  name: "tell",
  hosts: "db[1-3],web[1-2]",
  command: `${ownFolder}; printf '%s\\n' "$RR_HOST $LEADER" >> $d/${file}`,
  env: { LEADER },
  ...more,
});
const elect = (command: string, more: object = {}) => ({ name: "elect", hosts: "db[1-3]", command, ...more });
const flow = (...slots: readonly object[]) => ({
  name: "outputs",
  slots: slots.map((job) => ({ jobs: [job] })),
});

describe("outputs of a job", () => {
  it("reach every host of a later one as they were written, and stand in the events", async () => {
    const value = `db2 "x" 'y' $HOME \`z\` \\ é`;
    const command = `test $RR_HOST != db2 || printf '%s\\n' '${`leader=${value}`.replaceAll("'", `'\\''`)}' > $RR_OUT`;
    const { code, stderr, events } = await site.run(flow(elect(command), tell("told")));
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(site.lines("told").sort()).toEqual(
      [...names("db", 3), ...names("web", 2)].map((host) => `${host} ${value}`),
    );
    const outputs = events.flatMap((event) =>
      event.type === "task.ended" && event.job === "elect" ? [[event.host, event.outputs]] : [],
    );
    expect(Object.fromEntries(outputs)).toEqual({ db1: {}, db2: { leader: value }, db3: {} });
  });

  it("are each host's own where it has one, and refused where they differ: nothing of that starts", async () => {
    const { code, events } = await site.run(
      flow(elect('echo "leader=$RR_HOST" > $RR_OUT'), tell("own", { success: "60%" })),
    );
    expect(code).toBe(0);
    const ends = outcomes(events);
    for (const host of names("db", 3)) expect(ends.get(`tell ${host}`)).toBe("ok");
    const refused = events.flatMap((event) =>
      event.type === "task.ended" && event.host === "web1" ? [event.outcome, event.reason] : [],
    );
    expect(refused).toEqual([
      "refused",
      "LEADER has no value on web1: it has no output leader of job elect itself, and those of db1 and db2 and db3 differ",
    ]);
    expect(site.lines("own").sort()).toEqual(names("db", 3).map((host) => `${host} ${host}`));
  });

  it("that cannot be taken make the job fail, and it is not gone on without them", async () => {
    const { code, events } = await site.run(
      flow(elect("head -c 100000 /dev/zero > $RR_OUT", { hosts: "db1" }), tell("never")),
    );
    expect(code).toBe(1);
    expect(outcomes(events).get("elect db1")).toBe("failed");
    expect(site.lines("never")).toEqual([]);
  });

  it("are there after a resume, from the journal, and in the reports", async () => {
    const home = makeTempDir("outputs-home");
    try {
      const { slots, ...rest } = flow(
        elect('echo "leader=db3" > $RR_OUT', { hosts: "db3" }),
        tell("resumed"),
      );
      const asking = slots.map((slot, index) => (index === 1 ? { ...slot, confirm: "tell them?" } : slot));
      const path = site.flow({ ...rest, slots: asking });
      const servers = ["--servers", site.gearmand.server];
      const first = await runSubmit([path, ...servers], { home: home.path });
      expect(first.code).toBe(3);
      expect(site.lines("resumed")).toEqual([]);
      const resumed = await runSubmit(["resume", "last", "--confirm", ...servers], { home: home.path });
      expect(resumed.stderr).toBe("");
      expect(resumed.code).toBe(0);
      expect(site.lines("resumed")).toHaveLength(5);
      expect(new Set(site.lines("resumed").map((line) => line.split(" ")[1]))).toEqual(new Set(["db3"]));
      const runs = join(home.path, "state", "roadrunner", "runs");
      const journal = eventsOf(readFileSync(join(runs, readdirSync(runs)[0] ?? ""), "utf8"));
      expect(
        journal.filter((event) => event.type === "task.ended" && event.outputs !== undefined),
      ).toHaveLength(1);
    } finally {
      home.remove();
    }
  });
});
