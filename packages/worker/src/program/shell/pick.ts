import { LONG_NAME, type Part } from "./parts.ts";

/** Parts that a program needs, and its steps; what is called only once stands in place of the call. */
export interface Picked {
  readonly parts: readonly Part[];
  readonly first: string;
  readonly steps: string;
}

export interface Calls {
  /** In order, before the settings. */
  readonly first: readonly string[];
  /** In order: names, or small commands that hold names. */
  readonly steps: readonly string[];
  /** Calls from elsewhere, such as functions that are made for the task. */
  readonly others: readonly string[];
  /** Functions that are made for the task. */
  readonly own: readonly string[];
  readonly versions: readonly string[];
}

/** Closes the calls over what the parts call: what is called is there. */
export function pick(all: readonly Part[], calls: Calls): Picked {
  const chosen = new Map<string, Part>();
  for (const part of all)
    if (part.version === undefined ? !chosen.has(part.name) : calls.versions.includes(part.version))
      chosen.set(part.name, part);
  for (const name of calls.own) chosen.delete(name);
  const roots = [...calls.first, ...calls.steps, ...calls.others];
  const missing = roots
    .flatMap((text) => namesIn(text).slice(0, 1))
    .find((name) => !chosen.has(name) && !calls.own.includes(name));
  if (missing !== undefined) throw new Error(`no part is called ${missing}`);
  const uses = new Map<string, number>();
  const queue = roots.flatMap(namesIn);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const seen = uses.get(name) ?? 0;
    uses.set(name, seen + 1);
    if (seen === 0) queue.push(...namesIn(bodyOf(chosen.get(name))));
  }
  const needed = [...chosen.values()].filter(({ name }) => uses.has(name));
  // Called by others, it may be called from anywhere.
  const lines = new Set([...needed.flatMap(({ text }) => text.split("\n")), ...calls.first, ...calls.steps]);
  const inPlace = new Map(
    needed
      .filter(
        (part) =>
          uses.get(part.name) === 1 &&
          lines.has(part.name) &&
          canStandInPlace(part, calls.steps.includes(part.name)),
      )
      .map((part) => [part.name, bodyOf(part)]),
  );
  const expand = (text: string): string =>
    text
      .split("\n")
      .map((line) => {
        const body = inPlace.get(line);
        return body === undefined ? line : expand(body);
      })
      .join("\n");
  return {
    parts: needed
      .filter(({ name }) => !inPlace.has(name))
      .map((part) => ({ ...part, text: expand(part.text) })),
    first: expand(calls.first.join("\n")),
    steps: expand(calls.steps.join("\n")),
  };
}

function namesIn(text: string): readonly string[] {
  return text.match(LONG_NAME) ?? [];
}

/** What a function does, as a command where a redirection belongs to it. */
function bodyOf(part: Part | undefined): string {
  const found = /^\w+\(\)\{\s(?<body>[^]*?)[;\n]\}(?<tail>[^}]*)$/.exec(part?.text ?? "")?.groups;
  const { body = "", tail = "" } = found ?? {};
  return tail === "" ? body : `{\n${body}\n}${tail}`;
}

/** It neither returns nor reads arguments; a step of the program may have set its own. */
function canStandInPlace({ text }: Part, isStep: boolean): boolean {
  const first = /\breturn\b|\$\{?[1-9@*#]/.exec(text);
  return (
    first === null || (isStep && !text.includes("return") && text.slice(0, first.index).includes("set -- "))
  );
}
