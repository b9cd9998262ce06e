import { PROBLEM_TYPE, problemOf } from "../problems.ts";
import type { ROUTES } from "./routes.ts";

/** What is sent to a route, and what it answers. */
interface Example {
  readonly asked?: unknown;
  readonly answered?: unknown;
}

const RUN = "20261129-104322-2qflpqc2";
const BY = { version: "0.1.0", who: "ann", where: "desk" };

const ROW = {
  ...{ run: RUN, name: "deploy", state: "succeeded", started: "2026-11-29T10:43:22.734Z", durationMs: 367 },
  ...{ counts: { ok: 2 }, by: "ann@desk", principal: "ann@ops.example.com" },
};

const WHOLE = { kind: "share", hundredths: 10_000 };

/** `echo pkg1` on web1 and web2. */
const PLAN = {
  name: "deploy",
  slots: [
    {
      failFast: false,
      jobs: [
        {
          ...{
            name: "deploy",
            hosts: [{ name: "web1" }, { name: "web2" }],
            success: WHOLE,
            parallelism: [WHOLE],
          },
          ...{ stepped: false, stepSuccess: WHOLE, waitMs: 0, tolerate: {}, failedHostsHoldPlaces: false },
          ...{ boundFailures: false, onlyIfOk: [], retries: 0, retryDelayMs: 5000, retryOn: ["unreachable"] },
          work: {
            ...{ command: "echo pkg1", shell: "/bin/sh", connectTimeoutMs: 15_000, okCodes: [0] },
            ...{ delivery: "once", onDisconnect: "finish" },
          },
        },
      ],
    },
  ],
  finally: [],
};

const HAND_OVER = {
  ...{ v: 1, run: RUN, plan: PLAN, by: BY, warnings: [], concurrent: false, file: "deploy.json" },
  fileDigest: "7b3ac306b72799591babeeba4d5bef69a0355a72dc7d069e40159f6df2bc46e9",
  carry: {
    ...{ maxInFlight: 1000, priority: "normal", keepOutputBytes: 16_384, waitForWorkersMs: 60_000 },
    ...{ serverTimeoutMs: 60_000, lostTimeoutMs: 300_000, live: true },
  },
};

const OF_WEB2 = { job: "deploy", host: "web2", attempt: 1 };
const ENDED = { time: "2026-11-29T10:43:23.089Z", outcome: "ok", exitCode: 0, final: true };

const EVENTS = {
  events: [
    {
      number: 7,
      event: {
        ...{ type: "task.started", time: "2026-11-29T10:43:23.035Z", run: RUN, slot: 1 },
        ...{ ...OF_WEB2, worker: "vm-23995-32fc" },
      },
    },
    {
      number: 8,
      event: {
        ...{ type: "task.ended", ...ENDED, run: RUN, slot: 1, ...OF_WEB2 },
        ...{ worker: "vm-23995-32fc", durationMs: 12, stdout: "pkg1\n", stderr: "" },
      },
    },
  ],
  ended: false,
  next: 9,
};

const CHALLENGE = "Oj02jo9WIiwSlakIO_kCMA.1795945092412.6iKNXKBtOj4gGIstqw3di4NUyg4ODtVK0ETWFg0nfws";

const SIGNATURE = [
  "-----BEGIN SSH SIGNATURE-----",
  "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgHOH0SuYyY6FmU2r6AtCcJeri+a",
  "+dcpqiSKHRqPwhrhkAAAATcm9hZHJ1bm5lci1sb2dpbkB2MQAAAAAAAAAGc2hhNTEyAAAA",
  "UwAAAAtzc2gtZWQyNTUxOQAAAECD7UL4j7D9K5MbHvByNAZ5jOohdOq+yJ+s0v1zQlbHaO",
  "jjEWlAMhIj7cLt3d6Qw3+CA42Y5QkfWBMpF9CtWJAN",
  "-----END SSH SIGNATURE-----",
].join("\n");

const LOGIN = { principal: "ann@ops.example.com", role: "own", expires: "2026-11-29T21:37:12.611Z" };

const FLEET = {
  servers: [
    {
      ...{ server: "gearmand:4730", version: "1.1.20+ds" },
      functions: [{ name: "rr-run", queued: 0, running: 2, workers: 1 }],
    },
  ],
  workers: [
    {
      ...{ id: "vm-23995-32fc", pools: [""], servers: ["gearmand:4730"], version: "0.1.0" },
      ...{ places: 100, running: 2, connections: { builtin: 2 }, state: "running" },
    },
  ],
};

/** Of the main routes; a test reads each with its schema. */
export const EXAMPLES = {
  handOver: { asked: HAND_OVER, answered: { run: RUN } },
  list: { answered: { runs: [ROW] } },
  one: { answered: ROW },
  events: { answered: EVENTS },
  tasks: {
    answered: {
      tasks: [{ number: 8, slot: 1, ...OF_WEB2, ...ENDED, worker: "vm-23995-32fc", durationMs: 12 }],
    },
  },
  output: {
    answered: {
      ...{ run: RUN, number: 8, ...OF_WEB2, ...ENDED, stdout: "pkg1\n", stderr: "", kept: "whole" },
      ...{ omittedBytes: { stdout: 0, stderr: 0 }, tried: [{ attempt: 1, outcome: "ok" }] },
    },
  },
  stop: {
    answered: {
      text: "stopping: nothing new starts; what runs is finished (once more: kill what runs on its hosts)",
    },
  },
  confirm: {
    asked: { job: "deploy", goOn: true, by: BY },
    answered: {
      done: true,
      text: "job deploy goes on: gate latency failed: 312, more than 300 (2 in a row)",
    },
  },
  resume: {
    asked: { by: BY, retry: ["failed", "unreachable"], confirm: false },
    answered: { text: `run ${RUN} goes on` },
  },
  workers: { answered: FLEET },
  health: {
    answered: {
      ...{
        ok: true,
        coordinator: "26m3h4j6rbs4",
        version: "0.1.0",
        store: "postgres",
        carried: 1,
        reasons: [],
      },
      listen: ["unix:/run/roadrunner/coordinator.sock", "https://0.0.0.0:4780"],
    },
  },
  challenge: { answered: { challenge: CHALLENGE, expires: "2026-11-29T09:38:12.412Z" } },
  login: {
    asked: {
      statement: JSON.stringify({ v: 1, server: "coordinator.example.com:4780", challenge: CHALLENGE }),
      signature: SIGNATURE,
    },
    answered: { token: `rrt_${"x".repeat(43)}`, ...LOGIN },
  },
  who: { answered: LOGIN },
} satisfies Readonly<Partial<Record<keyof typeof ROUTES, Example>>>;

/** Of what is answered in place of any of them. */
const PROBLEM = problemOf({
  ...{ code: "notCarried", detail: `run ${RUN} has ended: rr-submit report ${RUN}` },
});

interface Content {
  content?: Record<string, { example?: unknown }>;
}

interface Operation {
  readonly requestBody?: Content;
  readonly responses: Record<string, Content>;
}

/** Writes the examples into what is said of the routes. */
export function describeExamples(paths: Readonly<Record<string, object>>, routes: typeof ROUTES): void {
  const examples: Readonly<Partial<Record<string, Example>>> = EXAMPLES;
  for (const [name, { path, method }] of Object.entries(routes)) {
    const operation = (paths[path] as Readonly<Record<string, Operation>> | undefined)?.[method];
    if (operation === undefined) throw new Error(`bug: nothing is said of ${method} ${path}`);
    const { asked, answered } = examples[name] ?? {};
    give(operation.requestBody, "application/json", asked);
    for (const [status, response] of Object.entries(operation.responses))
      if (status === "default") give(response, PROBLEM_TYPE, PROBLEM);
      else give(response, "application/json", answered);
  }
}

function give(to: Content | undefined, type: string, example: unknown): void {
  const media = to?.content?.[type];
  if (media !== undefined && example !== undefined) media.example = example;
}
