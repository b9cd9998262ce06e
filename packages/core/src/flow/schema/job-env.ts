import type { WrittenJob } from "./job-schema.ts";
import type { Salvaged } from "./salvage.ts";

/** A variable whose value is an output of an earlier job. */
interface Taken {
  readonly variable: string;
  readonly from: string | undefined;
  readonly name: string | undefined;
}

export function takenIn(env: Salvaged<WrittenJob>["env"]): readonly Taken[] {
  return Object.entries(env ?? {}).flatMap(([variable, value]) =>
    typeof value === "object" ? [{ variable, from: value.from, name: value.name }] : [],
  );
}

/** The variables that have a value already. */
export function plainIn(env: Salvaged<WrittenJob>["env"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
