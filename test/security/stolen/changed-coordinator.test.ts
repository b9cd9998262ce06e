import { join } from "node:path";
import { fingerprintOf } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { API } from "@roadrunner/engine/api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { askSocket, handOverOf, planOf } from "../../coordinator/kit.ts";
import { bareEnv, startChild, type ChildProgram } from "../../support/child-program.ts";
import { failOnLeftovers } from "../../support/leak-check.ts";
import { homeEnv, runSubmit } from "../../support/processes.ts";
import { ownFolder } from "../../support/sshd.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";
import { until } from "../../support/until.ts";
import { patchedPrograms } from "../../takeover/programs.ts";
import { keyOfFile } from "../sign-as.ts";
import { startSignedSite, type SignedSite } from "../signed-site.ts";

failOnLeftovers();

/** By the name of a job: what the changed coordinator makes of its tasks. */
const CHANGES: Readonly<Record<string, object>> = {
  command: { command: `${ownFolder}; echo evil >> $d/evil` },
  address: { address: "127.0.0.1" },
  user: { user: "nobody" },
  become: { become: true },
  variable: { env: { BASH_ENV: "/tmp/evil" } },
  secret: { secretEnv: { TOKEN: "token" } },
  delivery: { delivery: "repeatable" },
};

/** What it shows of an event of a run, to whoever is to sign its plan anew. */
const SHOWN = String(({ number, event }: { readonly number: number; readonly event: object }) => ({
  number,
  event: JSON.parse(
    JSON.stringify(event)
      .replace("echo good", "echo evil")
      .replace('"job":"often","host":"h1","attempt":1', '"job":"often","host":"h1","attempt":99'),
  ) as object,
}));

let signed: SignedSite;
let temp: TempDir;
let coordinator: ChildProgram;
let socket: string;
let key: string;
beforeAll(async () => {
  temp = makeTempDir("changed");
  signed = await startSignedSite();
  key = signed.keys.make("coordinator");
  const line = "wrap(kind, to, body, subject, operator) {";
  const instead = `if (kind === "task") {
    const workload = JSON.parse(body);
    body = JSON.stringify({ ...workload, ...(${JSON.stringify(CHANGES)})[workload.task.job] });
  }`;
  const shown = "const page = await store.events(known.run, from, limit);";
  const programs = patchedPrograms(join(temp.path, "programs"), [
    { program: "coordinator", line, instead },
    { program: "coordinator", line: shown, instead: `page.value = page.value.map((one) => (${SHOWN})(one))` },
  ]);
  socket = join(temp.path, "home/state/roadrunner/coordinator.sock");
  const args = ["--servers", signed.site.gearmand.server, "--sign-key", key];
  coordinator = startChild(process.execPath, [programs.coordinator, ...args], {
    env: { ...bareEnv, ...homeEnv(join(temp.path, "home")) },
  });
  await coordinator.waitFor("carrying runs");
});
afterAll(async () => {
  await coordinator.stop();
  await signed.stop();
  temp.remove();
});

it("a changed coordinator carries what was signed, and all that it changes is refused and told", async () => {
  const job = (name: string) => ({
    ...{ name, hosts: "h1", command: `${ownFolder}; echo ${name} >> $d/ran`, delivery: "once" },
  });
  const jobs = ["unchanged", ...Object.keys(CHANGES)].map(job);
  const plan = planOf({ name: "changed", slots: [{ jobs }], finally: [{ jobs: [job("tidy")] }] });
  const handOver = handOverOf(plan);
  const { run } = handOver;
  const [alice, carrier] = [keyOfFile(signed.alice), fingerprintOf(keyOfFile(key).publicBlob)];
  const of = { run, plan, pastAttempts: 0, carriers: [carrier], lifeMs: 3_600_000 };
  const word = await signForCarriers(alice, of);
  if (!word.ok) throw new Error(word.error);
  const ask = async (method: string, path: string, body?: unknown) =>
    askSocket(socket, method, `${API}${path}`, body);
  const taken = await ask("POST", "/runs", { ...handOver, signed: word.value });
  expect(taken.status).toBe(201);
  await until("the run to end", async () => {
    const { state } = (await ask("GET", `/runs/${run}`)).json as { readonly state: string };
    return state === "failed";
  });
  expect(signed.site.lines("ran").toSorted()).toEqual(["tidy", "unchanged"]);
  expect(signed.site.lines("evil")).toEqual([]);
  for (const name of Object.keys(CHANGES))
    expect(signed.audited({ run, job: name })).toEqual([
      expect.objectContaining({
        ...{ outcome: "refused", principal: "alice", key: fingerprintOf(alice.publicBlob), carrier },
        reason: "it is not in the plan that the operator signed: it was altered, or added",
      }),
    ]);
});

it.each([
  [
    "another plan",
    "shown",
    "echo good",
    "what was signed of it before is of another plan than the one that is shown",
  ],
  ["attempts that there were not", "often", "echo", "tells of attempt 99, and at most 1 were signed"],
])("a changed coordinator that shows %s has nothing signed anew", async (_what, name, command, why) => {
  const env = { RR_COORDINATOR: `unix:${socket}`, RR_SIGN_KEY: signed.alice };
  const home = join(temp.path, "operator");
  const job = { name, hosts: "h1", command: `${command}; sleep 60` };
  const file = signed.site.flow({ name, slots: [{ jobs: [job] }] }, `${name}.json`);
  const taken = await runSubmit([file, "--detach"], { home, env });
  const run = taken.stdout.trim();
  await until("the job to be asked for", async () => {
    const { json } = await askSocket(socket, "GET", `${API}/runs/${run}/events`);
    return JSON.stringify(json).includes('"task.asked"');
  });
  for (const words of [
    ["sign", run],
    ["resume", run],
  ]) {
    const refused = await runSubmit(words, { home, env });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(why) as string });
  }
  expect((await askSocket(socket, "POST", `${API}/runs/${run}/kill`)).status).toBe(200);
});
