import type { GateStanding, JobStory } from "@roadrunner/engine/story";
import { answerLine, countsText, toldText } from "../gates/gate-words.ts";

/** A gate as a case of its job; without `kind` it is well. */
export interface GateCase {
  readonly name: string;
  readonly kind: "failure" | "error" | "skipped" | undefined;
  readonly message: string;
  /** The answers that led to it. */
  readonly told: readonly string[];
}

/** Of each gate whether it failed the job, or holds it. What a person has let pass, or a later answer made good, is well. */
export function gateCases({ watch, verdict, startedMs }: JobStory): readonly GateCase[] {
  if (watch === undefined) return [];
  const open = verdict === undefined && watch.wait?.kind === "hold" ? watch.wait.evidence : undefined;
  const bad = new Map([...(open ?? []), ...(watch.failed ?? [])].map(({ gate, answers }) => [gate, answers]));
  return Array.from(watch.gates.values(), (gate) => {
    const name = `gate ${gate.name}`;
    const answers = bad.get(gate.name);
    const last = answers?.at(-1);
    if (answers !== undefined && last !== undefined) {
      const kind = last.kind === "inconclusive" ? "error" : "failure";
      return { name, kind, message: `${last.kind}: ${toldText(last.text)}`, told: answers.map(answerLine) };
    }
    if (gate.last.length > 0) return { name, kind: undefined, message: "", told: [] };
    return { name, kind: "skipped", message: whyNotAsked(gate, startedMs), told: [] };
  });
}

function whyNotAsked(gate: GateStanding, startedMs: number | undefined): string {
  return startedMs === undefined ? "its job never started" : countsText(gate);
}
