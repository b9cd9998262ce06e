import { NOTHING_CAPTURED } from "../../src/visit/capture.ts";
import { judge, type Evidence } from "../../src/verdict/judge.ts";
import type { StopTold } from "../../src/visit/stop.ts";
import { parseMark } from "../../src/program/marks.ts";
import type { RemoteEnd, RemoteTask } from "../../src/program/remote-task.ts";
import type { VisitEnd } from "../../src/visit/visit.ts";
import { remoteTask } from "../program/task.ts";

export const BOOT = "11111111-2222-3333-4444-555555555555";
/** The start mark of a program. */
export const START = `start 12 345 12 1 ${BOOT}`;
export const LOST = { kind: "lost", message: "reset by peer" } as const;

/** A visit that sent its body, and what it heard. */
export function visitEnd(marks: readonly string[], fields: Partial<VisitEnd> = {}): VisitEnd {
  return {
    reached: "sent",
    marks: marks.map(parseMark),
    noise: "",
    stdout: NOTHING_CAPTURED,
    stderr: NOTHING_CAPTURED,
    complete: marks.some((mark) => mark.startsWith("end")),
    ...fields,
  };
}

/** The verdict on one visit, without output. */
export function verdict(
  marks: readonly string[],
  fields: Partial<VisitEnd> = {},
  more: { task?: Partial<RemoteTask>; stop?: StopTold } = {},
): Omit<RemoteEnd, "stdout" | "stderr"> {
  const evidence: Evidence = {
    task: remoteTask(more.task),
    user: "op",
    visit: visitEnd(marks, fields),
    ...(more.stop === undefined ? {} : { stop: more.stop }),
  };
  const { stdout: _stdout, stderr: _stderr, ...rest } = judge(evidence);
  return rest;
}
