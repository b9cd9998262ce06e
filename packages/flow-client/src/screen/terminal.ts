import type { Style } from "../reporters/text/style.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Whether a board can be drawn there: a terminal that moves its cursor, with a person before it. */
export function canDraw(stream: NodeJS.WriteStream, env: Env): boolean {
  return stream.isTTY && stream.columns > 0 && env["TERM"] !== "dumb" && isUnset(env["CI"]);
}

/** What the terminal can show; NO_COLOR, FORCE_COLOR and TERM are as Node reads them. */
export function styleOf(stream: NodeJS.WriteStream, env: Env): Style {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return {
    colour: stream.isTTY && isUnset(env["NO_COLOR"]) && stream.hasColors(),
    unicode: /utf-?8/i.test(locale),
  };
}

/** As https://no-color.org has it, an empty value counts for nothing. */
function isUnset(value: string | undefined): boolean {
  return value === undefined || value === "" || value === "false";
}
