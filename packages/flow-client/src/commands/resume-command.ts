import { readFileSync } from "node:fs";
import type { ServerAddress } from "@roadrunner/core/gearman";
import { defined } from "@roadrunner/core";
import type { OptionValues } from "@roadrunner/core/cli";
import { functionsOf, protectionOf, reachWorkers } from "@roadrunner/engine";
import { type Journal, JournalWriter, readJournal, runsFolder } from "@roadrunner/engine/journal";
import { takeLock } from "@roadrunner/engine/lock";
import { goOn, leftToDo, type NothingLeft } from "@roadrunner/engine/resume";
import { readKnownRun } from "../known-runs/index.ts";
import { carryRun } from "../carry/carry-run.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { paramsAgain, type Secrets } from "./given-params.ts";
import { digestOf } from "./load-plan.ts";
import type { StartLocal } from "../carry/local.ts";
import type { resumeOptions } from "../usage/options.ts";
import { RunViews } from "../screen/run-views.ts";
import { tell } from "../usage/refusal.ts";
import { say } from "../usage/say.ts";
import { signingAgent } from "../carry/signing-agent.ts";
import { secretsOf, unsealed } from "../carry/secrets.ts";

type Options = OptionValues<typeof resumeOptions>;

/** `rr-submit resume RUN|last`: goes on from the journal; the plan in it is what runs, not the files. */
export async function resumeCommand(
  name: string,
  options: Options,
  env: Readonly<Record<string, string | undefined>>,
  startLocal: StartLocal | undefined,
): Promise<ExitCode> {
  const folder = runsFolder(env);
  const named = await readKnownRun(name, { env });
  if (!named.ok) return tell(named.error);
  const { path } = named.value.known;
  const lock = await takeLock(folder, named.value.recorded.run);
  if (!lock.ok && lock.error !== "taken")
    return refuse(`no lock can be had for the run: ${lock.error.reason}`);
  if (!lock.ok)
    return refuse(
      `another rr-submit already runs ${named.value.recorded.run}; rr-submit attach ${named.value.recorded.run} shows it`,
    );
  try {
    // Again, now that nobody else writes it.
    const journal = readJournal(path);
    if (!journal.ok) return refuse(journal.error);
    const left = leftToDo(journal.value, options.retry);
    if (!left.ok) return refuse(nothingLeft(journal.value.run, left.error));
    const { plan } = journal.value;
    const again = await paramsAgain(plan, options);
    if (!again.ok) return refuse(again.error.join("\n"));
    const notSealed = unsealed(plan, options);
    if (notSealed !== undefined) return refuse(notSealed);
    const secrets = await secretsOf(plan, again.value);
    if (!secrets.ok) {
      say(...secrets.error.lines);
      return secrets.error.code;
    }
    warnOfChangedFile(journal.value);
    const local = await startLocal?.();
    if (local?.ok === false) {
      say(local.error);
      return EXIT.infrastructure;
    }
    const servers = local?.value.servers ?? options.servers;
    try {
      const means = { lock, secrets: secrets.value, servers, embedded: local !== undefined };
      return await carryOn(journal.value, options, env, means);
    } finally {
      await local?.value.close();
    }
  } finally {
    lock.value.release();
  }
}

/** What a run is carried with. */
interface Means {
  readonly lock: Awaited<ReturnType<typeof takeLock>>;
  readonly secrets: Secrets;
  readonly servers: readonly ServerAddress[];
  readonly embedded: boolean;
}

async function carryOn(
  journal: Journal,
  options: Options,
  env: Readonly<Record<string, string | undefined>>,
  { lock, secrets, servers, embedded }: Means,
): Promise<ExitCode> {
  const protection = await protectionOf(options, signingAgent(env), journal.run, journal.plan);
  if (!protection.ok) return refuse(protection.error);
  const reached = await reachWorkers(servers, functionsOf(journal.plan), options, embedded);
  if (!reached.ok) {
    say(...reached.error);
    return EXIT.infrastructure;
  }
  try {
    const views = await RunViews.open(options, journal.plan, env);
    if (!views.ok) return refuse(views.error);
    const writer = JournalWriter.reopen(journal.path, journal.length);
    if (!writer.ok) {
      views.value.end();
      say(writer.error);
      return EXIT.infrastructure;
    }
    const { retry, confirm: confirmed } = options;
    const { past, replayed } = goOn(journal, { retry, lostTimeoutMs: options["lost-timeout"] });
    views.value.recall(past);
    return await carryRun({
      reached: reached.value,
      options,
      run: journal.run,
      plan: journal.plan,
      views: views.value,
      journal: writer.value,
      lock,
      protection: protection.value,
      secrets,
      from: { kind: "resumed", replayed, confirmed, ...defined({ retry }) },
    });
  } finally {
    await reached.value.gearman.close();
  }
}

function nothingLeft(run: string, left: NothingLeft): string {
  switch (left.type) {
    case "succeeded":
      return (
        `run ${run} has succeeded; there is nothing to go on with\n` +
        `rr-submit report ${run} shows it; its flow is run anew by rr-submit FLOW, on hosts that had failed alone with --limit @failed:${run}`
      );
    case "failed":
      return (
        `run ${run} has failed: ${left.reason ?? ""}\n` +
        `rr-submit resume ${run} --retry failed,unreachable takes the hosts with these outcomes again and goes on from there`
      );
    case "noHost":
      return (
        `run ${run}: no host of the slot that failed ended ${left.outcomes.join(" or ")}\n` +
        `rr-submit report ${run} shows how they ended: name those outcomes with --retry`
      );
  }
}

/** The plan in the journal is what runs; that the file says something else now is only told. */
function warnOfChangedFile(journal: Journal): void {
  const { file, fileDigest } = journal.started;
  if (file === undefined || fileDigest === undefined) return;
  try {
    if (digestOf(readFileSync(file)) === fileDigest) return;
    say(`${file} has changed since the run began; what runs is the plan in the journal`);
  } catch {
    // The file is not here any more: the journal is enough.
  }
}

function refuse(message: string): ExitCode {
  say(...message.split("\n"));
  return EXIT.usage;
}
