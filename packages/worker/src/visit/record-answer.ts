import type { StopCause } from "./stop-cause.ts";
import { defined, type SeenBoot } from "@roadrunner/core";
import { outputsTold, type OutputsTold } from "../program/outputs.ts";
import { parseBoot, parseProcess, type Mark, type RemoteProcess } from "../program/marks.ts";

/** What a record says of an attempt. */
export type RecordAnswer =
  | {
      readonly kind: "ended";
      readonly exitCode: number;
      readonly cause?: StopCause;
      readonly bootId?: string;
      /** What a kill could not end and still lives; process groups are negative. */
      readonly left?: readonly number[];
      /** Of a task whose outputs are wanted. */
      readonly outputs?: OutputsTold;
    }
  /** Its record says that it never began and never will; `boot`: where this was noted just now. */
  | { readonly kind: "withdrawn"; readonly boot?: SeenBoot }
  /** It was claimed, and its process went without beginning the command; it never will. */
  | { readonly kind: "unstarted" }
  /** There is no record, though it was started, or may have been. */
  | { readonly kind: "forgotten" | "unproved"; readonly boot: SeenBoot }
  | { readonly kind: "running"; readonly process: RemoteProcess; readonly ageMs: number }
  /** It began, and no end was recorded. `torn`: nobody can tell. */
  | {
      readonly kind: "unknown";
      readonly why: "gone" | "restarted" | "otherhost" | "torn";
      /** Of the claim. */
      readonly bootId?: string;
    }
  /** No record can be had, or it is another's: nothing was started. */
  | { readonly kind: "none"; readonly word: string; readonly detail: string };

/** The last word on the record among these marks; `wait` only where nothing final followed. */
export function readAnswer(marks: readonly Mark[]): RecordAnswer | undefined {
  for (const mark of [...marks].reverse()) {
    const answer = answerOf(mark);
    if (answer?.kind === "ended") return { ...answer, ...defined({ outputs: outputsTold(marks) }) };
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function answerOf({ word, args }: Mark): RecordAnswer | undefined {
  const [first = "", second, third, ...left] = args;
  switch (word) {
    case "recorded":
      return {
        kind: "ended",
        exitCode: Number(first),
        ...(second === "timedOut" || second === "cancelled" ? { cause: second } : {}),
        ...(third === undefined ? {} : { bootId: third }),
        ...(left.length === 0 ? {} : { left: left.map(Number) }),
      };
    case "withdrawn":
      return { kind: "withdrawn", ...(args.length === 0 ? {} : { boot: parseBoot(args) }) };
    case "unstarted":
      return { kind: "unstarted" };
    case "forgotten":
    case "unproved":
      return { kind: word, boot: parseBoot(args) };
    case "wait": {
      const process = parseProcess(args.slice(1));
      return process === undefined ? undefined : { kind: "running", process, ageMs: Number(first) * 10 };
    }
    case "unknown":
      if (first !== "gone" && first !== "restarted" && first !== "otherhost")
        return { kind: "unknown", why: "torn" };
      return { kind: "unknown", why: first, ...(second === undefined ? {} : { bootId: second }) };
    case "torn":
      return { kind: "unknown", why: "torn" };
    case "norecord":
    case "prior":
    case "other":
    case "restarted":
      return { kind: "none", word, detail: first };
    default:
      return undefined;
  }
}
