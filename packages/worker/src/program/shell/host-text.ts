import { quote } from "../quote.ts";
import { LONG_NAME, readParts } from "./parts.ts";
import { pick, type Calls } from "./pick.ts";
import { MAIN, shortNames } from "./short-names.ts";

/** What the worker tells a program: values of its variables, by their long names. */
export type Settings = Readonly<Record<string, Value | undefined>>;

/** A list is joined; `{ read: NAME }` in it is a variable's value on the host. */
type Value = string | number | readonly (string | { readonly read: string })[];

/** A function whose text is made for the task, since it holds what the operator wrote. */
export interface OwnFunction {
  /** Stripped, with short names. */
  readonly text: string;
  /** The parts that it calls, by their long names. */
  readonly calls: readonly string[];
}

export interface HostText {
  /** Calls, in order, that come before the settings. */
  readonly first?: readonly string[];
  readonly settings: Settings;
  /** Calls, in order, by long names; with literal arguments. */
  readonly steps: readonly string[];
  /** What calls `rr_program`, which then does the steps. */
  readonly around?: string;
  readonly own?: Readonly<Record<string, OwnFunction>>;
  readonly versions?: readonly string[];
}

interface PickedText {
  readonly functions: string;
  /** All of it, in functions. */
  readonly common: string;
  readonly begin: string;
  readonly steps: string;
}

const parts = readParts();
const short = shortNames(parts);
const picked = new Map<string, PickedText>();

/**
 * Functions and one last line that calls them: cut short anywhere it does nothing. What is called is there, since the
 * parts are picked by what the steps and they themselves call.
 */
export function hostText(what: HostText): string {
  const { around } = what;
  const { functions, begin, steps } = pickedOf(what);
  const main = [begin, settingsText(what.settings), around === undefined ? steps : shorten(around)];
  return [
    functions,
    ownText(what),
    around === undefined ? "" : functionText("rr_program", steps),
    functionText(MAIN, main.filter((text) => text !== "").join("\n")),
    `${shortName(MAIN)}\n`,
  ].join("");
}

/** The same in two: what programs of one kind have in common, and what is the task's. */
export interface HostTexts {
  /** Functions alone. */
  readonly common: string;
  /** To be run in a subshell of a shell that has them. */
  readonly task: string;
}

/** For a shell that runs more than one such program. */
export function hostTexts(what: HostText): HostTexts {
  const { around = "rr_program" } = what;
  const calls = [shortName("rr_prepare"), settingsText(what.settings), shortName(around)];
  return { common: pickedOf(what).common, task: `${ownText(what)}${calls.join("\n")}\n` };
}

function pickedOf({ first = [], around, own = {}, versions = [], steps }: HostText): PickedText {
  const [outer, names] = around === undefined ? [[], []] : [[around], ["rr_program"]];
  return pickedFor({
    first: ["rr_reset_options", ...first],
    steps,
    others: [...outer, ...Object.values(own).flatMap(({ calls }) => calls)],
    own: [...Object.keys(own), ...names],
    versions,
  });
}

function ownText({ own = {} }: HostText): string {
  return Object.entries(own)
    .map(([name, { text }]) => functionText(name, text))
    .join("");
}

function functionText(name: string, text: string): string {
  return `${shortName(name)}(){ ${text}${text.endsWith("\n") ? "" : ";"}}\n`;
}

/** A few programs are asked for again and again. */
function pickedFor(calls: Calls): PickedText {
  const key = JSON.stringify(calls);
  let found = picked.get(key);
  if (found === undefined) {
    const { parts: needed, first, steps } = pick(parts, calls);
    const functions = needed.map((part) => `${shorten(part.text)}\n`).join("");
    const begin = shorten(first);
    const texts = { rr_prepare: begin, rr_program: shorten(steps) };
    const made = Object.entries(texts).map(([name, text]) => functionText(name, text || ":"));
    found = { functions, begin, steps: texts.rr_program, common: [functions, ...made].join("") };
    picked.set(key, found);
  }
  return found;
}

/** The one place where values are put into the program. */
function settingsText(settings: Settings): string {
  const words = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [`${shortName(name)}=${valueText(value)}`],
  );
  return words.join(" ");
}

function valueText(value: Value): string {
  if (typeof value === "number") return String(value);
  if (value === "") return "";
  if (typeof value === "string") return quote(value);
  const texts = value.map((piece) => (typeof piece === "string" ? piece && quote(piece) : piece));
  return texts
    .map((piece, index) => {
      if (typeof piece === "string") return piece;
      const name = shortName(piece.read);
      // What follows must not be taken for a part of the name.
      const next = texts[index + 1] ?? "";
      return typeof next === "string" && /^\w/.test(next) ? `\${${name}}` : `$${name}`;
    })
    .join("");
}

/** Only the functions that these calls need; `own` are brought by whoever asks. */
export function functionsText(calls: readonly string[], own: readonly string[]): string {
  return pickedFor({ first: [], steps: [], others: calls, own, versions: [] }).functions;
}

/** What a step does, in place. */
export function stepText(step: string): string {
  const { functions, steps } = pickedFor({ first: [], steps: [step], others: [], own: [], versions: [] });
  return `${functions}${steps}`;
}

export function shortName(name: string): string {
  const found = short.get(name);
  if (found === undefined) throw new Error(`${name} is no name of the host's program`);
  return found;
}

function shorten(text: string): string {
  return text.replace(LONG_NAME, shortName);
}
