import { styleText } from "node:util";
import type { Outcome, Verdict } from "@roadrunner/core";

/** What a terminal can show. */
export interface Style {
  readonly colour: boolean;
  /** False in a locale that is not UTF-8: bars and marks are drawn with ASCII. */
  readonly unicode: boolean;
}

export type Ink = "good" | "bad" | "busy" | "faint" | "strong" | "warn";

const FORMATS = {
  good: "green",
  bad: "red",
  busy: "cyan",
  faint: "dim",
  strong: "bold",
  warn: "yellow",
} as const;

/** The text in a colour, where there are colours. Colour alone never carries a meaning. */
export function paint(style: Style, ink: Ink, text: string): string {
  return style.colour && text !== "" ? styleText(FORMATS[ink], text, { validateStream: false }) : text;
}

export function verdictInk(verdict: Verdict): Ink {
  return verdict === "succeeded" ? "good" : verdict === "failed" ? "bad" : "warn";
}

export function outcomeInk(outcome: Outcome): Ink {
  if (outcome === "ok") return "good";
  return outcome === "skipped" ? "faint" : outcome === "cancelled" ? "warn" : "bad";
}

/** Marks of verdicts and of what is still to come. */
export function mark(style: Style, what: Verdict | "running" | "waiting"): string {
  const [unicode, ascii] = MARKS[what];
  return style.unicode ? unicode : ascii;
}

const MARKS: Readonly<Record<Verdict | "running" | "waiting", readonly [string, string]>> = {
  succeeded: ["✔", "+"],
  failed: ["✘", "x"],
  cancelled: ["◌", "-"],
  running: ["▶", ">"],
  waiting: ["·", "."],
};
