import type { Mark } from "./marks.ts";

/** What a host says of the file of a task's outputs. */
export type OutputsTold =
  | { readonly kind: "read"; readonly bytes: Buffer }
  /** It is not the one that the command was given; or it could not be read. */
  | { readonly kind: "replaced" | "unread" };

/** Undefined: it says nothing, or not all. */
export function outputsTold(marks: readonly Mark[]): OutputsTold | undefined {
  const words = marks.flatMap(({ word, args }) => (word === "out" ? args : []));
  const last = words.pop();
  if (last === "replaced" || last === "unread") return { kind: last };
  return last === "." ? { kind: "read", bytes: Buffer.from(words.join(""), "hex") } : undefined;
}
