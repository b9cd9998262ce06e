import type { Random } from "../../support/random.ts";
import { mutateBytes, mutateJson, mutateText } from "./mutate.ts";

/** JSON text of a message, changed in its bytes, its fields, or inside a field that holds text or base64 again. */
export function mutateMessage(random: Random, text: string, others: readonly string[]): string {
  const parts = others.flatMap(stringsIn);
  switch (random.below(5)) {
    case 0:
      return mutateText(random, text, ["\u0000", "{", "}", '"', "\\u0061", " ", ...parts.slice(0, 4)]);
    case 1:
      return JSON.stringify(mutateJson(random, JSON.parse(text), [null, "", 0, 1, true, [], {}, ...parts]));
    case 2: // The same JSON in other words: equivalent, or refused.
      return rewritten(random, text);
    default:
      return JSON.stringify(mutateInside(random, JSON.parse(text), parts));
  }
}

function stringsIn(text: string): string[] {
  const strings: string[] = [];
  JSON.parse(text, (_key, value: unknown) => {
    if (typeof value === "string") strings.push(value);
    return value;
  });
  return strings;
}

function rewritten(random: Random, text: string): string {
  const json = JSON.parse(text) as Record<string, unknown>;
  switch (random.below(4)) {
    case 0:
      return JSON.stringify(json, undefined, random.below(4));
    case 1:
      return `{${random.pick([" ", "\n", "\t"])}${text.slice(1)} `;
    case 2: // A field twice: the last one counts, to whom?
      return text.replace("{", `{"v":${random.pick(["0", "1", '"1"', "2"])},`);
    default:
      return text.replaceAll(/[a-f]/g, (letter) =>
        random.chance(3) ? `\\u00${letter.charCodeAt(0).toString(16)}` : letter,
      );
  }
}

/** Changes one string that stands anywhere in the value. */
function mutateInside(random: Random, value: unknown, others: readonly string[]): unknown {
  const copy = structuredClone(value);
  const strings: Place[] = [];
  collect(copy, strings);
  const chosen = strings[random.below(strings.length)];
  if (chosen === undefined) return copy;
  const text = String(chosen.holder[chosen.key]);
  chosen.holder[chosen.key] = mutateString(random, text, others);
  return copy;
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function collect(value: unknown, into: Place[]): void {
  if (typeof value !== "object" || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder))
    if (typeof holder[key] === "string") into.push({ holder, key });
    else collect(holder[key], into);
}

function mutateString(random: Random, text: string, others: readonly string[]): string {
  if (text.startsWith("{") && random.chance(60))
    return JSON.stringify(mutateJson(random, JSON.parse(text), [0, 1, "", 2 ** 53, "rr-run", ...others]));
  if (text.startsWith("-----BEGIN") && random.chance(80)) return rearmored(random, text);
  if (/^[A-Za-z0-9+/]+=*$/.test(text) && random.chance(60))
    return mutateBytes(random, Buffer.from(text, "base64"), ["\u0000"]).toString("base64");
  return mutateText(random, text, ["\u0000", " ", "=", "A", ...others.slice(0, 4)]);
}

function rearmored(random: Random, text: string): string {
  const lines = text.trim().split("\n");
  const bytes = Buffer.from(lines.slice(1, -1).join(""), "base64");
  const changed = mutateBytes(random, bytes, ["ssh-ed25519", "roadrunner", "sha512", "sha1", "\u0000"]);
  return [lines[0], changed.toString("base64"), lines.at(-1), ""].join("\n");
}
