import type { Fault } from "../problem.ts";

/** Space, tab and line ends: tolerated around an expression, nowhere between hosts. */
export function isWhiteSpace(char: string | undefined): boolean {
  return char === " " || char === "\t" || char === "\n" || char === "\r";
}

/** Word processors write these for a "-". */
export const TYPOGRAPHIC_DASH = /[\u2010-\u2015\u2212]/;
export const DASH_FAULT: Fault = { message: "a typographic dash", hint: 'write the plain "-"' };

const REFUSED: readonly (readonly [RegExp, Fault])[] = [
  [
    /\s/,
    {
      message: "white space between hosts",
      hint: "separate hosts with a comma and nothing else: db1,db2",
    },
  ],
  [
    /[*?]/,
    {
      message: "wildcards are not supported: there is no list of all hosts to match against",
      hint: "write a range such as db[1-9], or a group such as @db",
    },
  ],
  [
    /=/,
    {
      message: '"=" stands in braces only, behind a label: @web{rack=r7}',
      hint: "where your shell takes braces and brackets, put the expression in quotes",
    },
  ],
  [
    /[()]/,
    {
      message: "there are no parentheses: operators apply strictly from left to right",
      hint: "make the part a group, and name that: @db!@part",
    },
  ],
  [TYPOGRAPHIC_DASH, DASH_FAULT],
  [/['"`“”‘’]/, { message: "a quotation mark inside a host expression", hint: "host names need no quotes" }],
  [/%/, { message: '"%" belongs to the zone of an IPv6 address', hint: "such as fe80::1%eth0" }],
  [
    /\//,
    {
      message: '"/" belongs inside brackets, before a step: db[1-9/2]',
      hint: "networks such as 10.0.0.0/24 are not expanded: write 10.0.0.[1-254]",
    },
  ],
];

/** Why this character may not stand in a name, and what was probably meant. */
export function characterFault(char: string): Fault {
  const refused = REFUSED.find(([pattern]) => pattern.test(char));
  if (refused) return refused[1];
  return {
    message: `${showCharacter(char)} cannot stand in a host name`,
    hint: "host names are made of letters, digits, _ . and -; hosts are combined with , ! & ^",
  };
}

/** As it is, or by its number where it cannot be seen. */
export function showCharacter(char: string): string {
  if (/^[\x21-\x7e]$/.test(char)) return `"${char}"`;
  const code = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(char) ? `"${char}" (${code})` : code;
}
