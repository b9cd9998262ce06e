import type { OptionTable } from "../options.ts";
import { placeOf, type Place } from "./place.ts";
import { typedLine, type TypedLine } from "./typed-line.ts";

/** A whole word that may stand at the cursor. */
export interface Candidate {
  readonly word: string;
  readonly describe?: string;
}

/** What can be typed next, and whether names of files can. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
}

/** What a program knows of its own words. */
export interface Completer {
  /** Of the command that the words name. */
  tables(line: TypedLine): Promise<readonly OptionTable[]>;
  /** For a word that is no option. */
  words(place: Extract<Place, { kind: "word" }>, line: TypedLine): Promise<Completion>;
  /** For the value of an option that names hosts; each candidate is a whole value. */
  hosts(text: string, line: TypedLine): Promise<readonly Candidate[]>;
}

const NOTHING: Completion = { candidates: [], files: false };
const OF_ALL: readonly Candidate[] = [
  { word: "--help", describe: "show all options" },
  { word: "--version", describe: "show the version" },
];

/**
 * What a shell asks for when somebody presses the Tab key, as its scripts read it: first `files` or `only`, and the
 * word at the cursor without its quotes; then a candidate a line, with what it means behind a tab.
 */
export async function completionText(text: string, completer: Completer): Promise<string> {
  const line = typedLine(text);
  const { candidates, files } = await complete(line, completer);
  const fitting = candidates.filter(({ word }) => word.startsWith(line.current));
  const lines = fitting.map(({ word, describe }) => [word, describe ?? ""].map(oneLine).join("\t"));
  return `${[[files ? "files" : "only", oneLine(line.current)].join("\t"), ...lines].join("\n")}\n`;
}

async function complete(line: TypedLine, completer: Completer): Promise<Completion> {
  const tables = await completer.tables(line);
  const place = placeOf(line, tables);
  switch (place.kind) {
    case "foreign":
      return { candidates: [], files: true };
    case "option":
      return { candidates: optionNames(line, tables), files: false };
    case "word":
      return completer.words(place, line);
    case "value": {
      const { spec, before, text } = place;
      const whole = (one: Candidate): Candidate => ({ ...one, word: before + one.word });
      if (spec.names === "hosts")
        return { ...NOTHING, candidates: (await completer.hosts(text, line)).map(whole) };
      if (spec.choices === undefined) return { candidates: [], files: true };
      const head = spec.repeated === undefined ? "" : text.slice(0, text.lastIndexOf(",") + 1);
      return { ...NOTHING, candidates: spec.choices.map((word) => whole({ word: head + word })) };
    }
  }
}

/** Those that are not given yet, or may be given again. */
function optionNames({ words }: TypedLine, tables: readonly OptionTable[]): readonly Candidate[] {
  const isGiven = (name: string): boolean =>
    words.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  const named = tables.flatMap((table) =>
    Object.entries(table)
      .filter(([name, spec]) => spec.repeated !== undefined || !isGiven(name))
      .map(([name, spec]) => ({ word: `--${name}`, describe: spec.describe })),
  );
  return [...new Map([...named, ...OF_ALL].map((one) => [one.word, one])).values()];
}

function oneLine(text: string): string {
  // Control characters would be taken for an end of the line, or reach the terminal.
  return text.replaceAll(/\p{Cc}/gu, " ");
}
