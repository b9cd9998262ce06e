import { fail, succeed, type Result } from "@roadrunner/core";
import { parseHandOver, type HandOver } from "@roadrunner/engine/api";

/** What is handed over beside the run itself. */
export interface Means {
  readonly kind: "new" | "resume";
  /** Options of the command line, as they were written. */
  readonly written: Readonly<Record<string, unknown>>;
  /** Values of secret parameters; of a new run they stand in its hand-over. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Whether a person reads what is said until the run has begun. */
  readonly isWatched: boolean;
}

/** A run to carry on: one that begins, or one to go on with, whose plan is in its journal. */
export type Order =
  (Means & { readonly kind: "new"; readonly handOver: HandOver }) | (Means & { readonly kind: "resume" });

/** Two lines at most: the means, and the run itself as a coordinator would get it. */
export function orderText(order: Order): string {
  const { handOver, ...means } = { handOver: undefined, ...order };
  return [means, ...(handOver === undefined ? [] : [handOver])]
    .map((part) => JSON.stringify(part))
    .join("\n");
}

/** Reads an order; the error says what is wrong with it, such as that its end is missing. */
export function readOrder(text: string): Result<Order, string> {
  const end = text.indexOf("\n");
  const means = readMeans(end === -1 ? text : text.slice(0, end));
  if (means === undefined) return fail("it does not say what is to be carried, and how");
  if (means.kind === "resume") return succeed({ ...means, kind: "resume" });
  const handOver = parseHandOver(text.slice(end + 1));
  return handOver.ok ? succeed({ ...means, kind: "new", handOver: handOver.value }) : handOver;
}

function readMeans(line: string): Means | undefined {
  try {
    const means = JSON.parse(line) as Partial<Means> | null;
    const isWhole = (means?.kind === "new" || means?.kind === "resume") && means.written !== undefined;
    return isWhole && means.secrets !== undefined ? (means as Means) : undefined;
  } catch {
    return undefined;
  }
}
