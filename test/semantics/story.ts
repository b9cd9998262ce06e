import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "@roadrunner/core";
import { startGearmand } from "../support/gearmand.ts";
import { runSubmit } from "../support/processes.ts";
import { eventsOf, outcomes } from "../support/site.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { ScriptedFleet, type Script } from "./scripted-fleet.ts";

export interface Story {
  readonly flow: object;
  readonly script: Script;
  /** Default 4 workers of 50 places. */
  readonly workers?: number;
  readonly places?: number;
  readonly args?: readonly string[];
}

export interface Played {
  readonly exitCode: number | null;
  readonly events: readonly RunEvent[];
  readonly fleet: ScriptedFleet;
  /** Final outcome by `job host`; every task has one. */
  readonly outcomes: ReadonlyMap<string, string>;
  /** How many tasks of a job ended so. */
  count(job: string, outcome: string): number;
  /** The verdict and reason of a job. */
  job(name: string): { readonly verdict: string; readonly reason?: string } | undefined;
  readonly warnings: readonly string[];
}

/** Plays a whole flow: rr-submit, a real gearmand, and a scripted fleet behind it. */
export async function play(story: Story): Promise<Played> {
  const gearmand = await startGearmand();
  const temp = makeTempDir("story");
  const fleet = new ScriptedFleet(story.script);
  try {
    fleet.start(
      { host: "127.0.0.1", port: gearmand.port },
      { workers: story.workers ?? 4, places: story.places ?? 50 },
    );
    const file = join(temp.path, "flow.json");
    writeFileSync(file, JSON.stringify(story.flow));
    const { code, stdout, stderr } = await runSubmit([
      file,
      ...["--servers", gearmand.server],
      ...["--output", "ndjson"],
      "--yes",
      ...(story.args ?? []),
    ]);
    if (stdout === "") throw new Error(`rr-submit printed no events (exit code ${code}): ${stderr}`);
    const events = eventsOf(stdout);
    const ended = outcomes(events);
    return {
      exitCode: code,
      events,
      fleet,
      outcomes: ended,
      count: (job, outcome) =>
        [...ended].filter(([task, how]) => task.startsWith(`${job} `) && how === outcome).length,
      job: (name) => events.findLast((event) => event.type === "job.ended" && event.job === name) as never,
      warnings: events.flatMap((event) => (event.type === "warning" ? [event.text] : [])),
    };
  } finally {
    await fleet.stop();
    await gearmand.stop();
    temp.remove();
  }
}

/** A seeded stand-in for chance, so that a story is the same each time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
