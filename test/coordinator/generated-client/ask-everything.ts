// A program that somebody else might write: it knows of rr-coordinator what docs/openapi.json says, and nothing else. The test
// beside it has client.ts generated, compiles both, and runs this: node ask-everything.js URL KEY RUNS, where RUNS is a JSON
// file with the runs to hand over, and the file for which the first one waits. It writes what it has seen as JSON.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { ok } from "@oazapfts/runtime";
import * as api from "./client.ts";

const [url = "", key = "", file = ""] = process.argv.slice(2);
const { asks, stops, go } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly asks: api.HandOver;
  readonly stops: api.HandOver;
  readonly go: string;
};
api.defaults.baseUrl = url;

const stranger = await problemOf(api.listRuns());
const token = await logIn();
api.defaults.headers = { authorization: `Bearer ${token}` };
const who = await ok(api.getLogin());

// One run from its beginning to its end.
const taken = await ok(api.handOverRun(asks));
const heard = follow(asks.run);
const confirmed = await answered(asks.run);
const streamed = await heard;
const pages = await readPages(asks.run, 7);
const output = await ok(api.getTaskOutput(asks.run, "say", "h2"));
const ofHost = await ok(api.listTasks(asks.run, { host: "h1", limit: 1 }));
const rest = await ok(
  api.listTasks(asks.run, { host: "h1", ...(ofHost.next ? { $from: ofHost.next } : {}) }),
);
const first = await ok(api.getTaskOutput(asks.run, "say", "h1", { attempt: 1 }));
const noOutput = await problemOf(api.getTaskOutput(asks.run, "say", "h1", { attempt: 9 }));

// One that is stopped, and gone on with.
await ok(api.handOverRun(stops));
await until(async () =>
  (await readPages(stops.run, 1000)).some(({ event }) => event.type === "task.started"),
);
const stopped = await ok(api.stopRun(stops.run));
const killed = await ok(api.killRun(stops.run));
await ended(stops.run, "cancelled");
const resume: api.Resume = { by: stops.by, retry: ["cancelled"], confirm: false };
const resumed = await ok(api.resumeRun(stops.run, resume));
await ended(stops.run, "succeeded");
const nothingLeft = await problemOf(api.resumeRun(stops.run, resume));

// What there is.
const lists = {
  flow: await idsOf({ flow: asks.plan.name }),
  principal: await idsOf({ principal: who.principal }),
  nobody: await idsOf({ principal: "nobody" }),
  state: await idsOf({ state: "failed" }),
  since: await idsOf({ since: new Date(Date.now() - 3_600_000).toISOString() }),
  later: await idsOf({ since: new Date(Date.now() + 3_600_000).toISOString() }),
};
const firstPage = await ok(api.listRuns({ limit: 1 }));
const secondPage = await ok(
  api.listRuns({ limit: 1, ...(firstPage.next ? { before: firstPage.next } : {}) }),
);
const workers = await ok(api.listWorkers());
const carriers = await ok(api.listCarriers());
const health = await ok(api.getHealth());
const description = await ok(api.getDescription());
const noRun = await problemOf(api.getRun("20200101-000000-aaaaaaaa"));
await ok(api.logOut());
const loggedOut = await problemOf(api.getLogin());

process.stdout.write(
  JSON.stringify({
    ...{
      who,
      taken,
      confirmed,
      streamed,
      pages,
      output,
      tasks: [ofHost.tasks, rest.tasks],
      first,
      stopped,
      killed,
      resumed,
    },
    ...{ lists, listed: [firstPage, secondPage], workers, carriers, health, openapi: description.openapi },
    problems: { stranger, noOutput, nothingLeft, noRun, loggedOut },
  }),
);

async function logIn(): Promise<string> {
  const challenge = await ok(api.askChallenge());
  const statement = JSON.stringify({ v: 1, server: new URL(url).host, challenge: challenge.challenge });
  const sign = ["-Y", "sign", "-n", "roadrunner-login@v1", "-f", key];
  const signature = execFileSync("ssh-keygen", sign, { input: statement, encoding: "utf8", stdio: "pipe" });
  const login = await ok(api.logIn({ statement, signature }));
  return login.token;
}

/** Reads the stream of events to its end: their numbers, and the live output that came with them. */
async function follow(run: string): Promise<{ numbers: number[]; types: string[]; live: string }> {
  const seen = { numbers: [] as number[], types: [] as string[], live: "" };
  const take = (part: string): void => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(part)?.[1];
    const data = field("data");
    if (data === undefined) return;
    const event = JSON.parse(data) as api.RunEvent;
    if (event.type === "task.output") seen.live += event.data;
    else {
      seen.numbers.push(Number(field("id")));
      seen.types.push(event.type);
    }
  };
  await api.readRunEvents(
    run,
    {},
    {
      headers: { accept: "text/event-stream" },
      fetch: async (asked, options) => {
        const response = await fetch(asked, options);
        let text = "";
        for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
          const parts = (text + piece).split("\n\n");
          text = parts.pop() ?? "";
          parts.forEach(take);
          // It is there to hear what comes now.
          if (seen.numbers.length > 0) writeFileSync(go, "");
        }
        return new Response(null, response);
      },
    },
  );
  return seen;
}

async function readPages(run: string, limit: number): Promise<api.EventPage["events"]> {
  const events: api.EventPage["events"] = [];
  for (let from: number | undefined = 1; from !== undefined;) {
    const page: api.EventPage = await ok(api.readRunEvents(run, { $from: from, limit }));
    events.push(...page.events);
    from = page.next;
  }
  return events;
}

/** Says yes as soon as the run asks. */
async function answered(run: string): Promise<api.Confirmed> {
  let answer: api.Confirmed | undefined;
  await until(async () => (answer = await ok(api.confirmRun(run, { goOn: true }))).done);
  return answer ?? { done: false, text: "" };
}

async function ended(run: string, how: api.RunState): Promise<void> {
  await until(async () => (await ok(api.getRun(run))).state === how);
}

async function idsOf(filter: Parameters<typeof api.listRuns>[0]): Promise<readonly string[]> {
  return (await ok(api.listRuns(filter))).runs.map(({ run }) => run);
}

/** What is answered in place of what was asked for. */
async function problemOf(
  asked: Promise<{ status: 200 | 201; data: unknown } | { status: number; data: api.Problem }>,
): Promise<api.Problem> {
  const answer = await asked;
  if (answer.status === 200 || answer.status === 201)
    throw new Error(`it was done: ${JSON.stringify(answer)}`);
  // It is known for a problem by its status alone.
  return answer.data as api.Problem;
}

async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await is()); tries += 1) {
    if (tries > 400) throw new Error("it does not come to that");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
