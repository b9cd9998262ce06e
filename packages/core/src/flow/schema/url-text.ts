import { z } from "zod";
import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import { quote } from "../source/visible.ts";

const EXAMPLE = 'an address such as "http://prometheus:9090"';
/** What a question to a worker can carry. */
const MOST_CHARACTERS = 4096;

/** http or https, who is asked, path, query. */
const PARTS = /^https?:\/\/([^/?#]*)([^?#]*)(\?[^#]*)?/i;

/** An address that a worker can ask. It holds nobody's name or password: a token is a file of the worker's. */
export function parseUrl(written: unknown): Result<string, string> {
  if (typeof written !== "string") return fail(`must be ${EXAMPLE}, not ${quote(written)}`);
  if (written.length > MOST_CHARACTERS)
    return fail(`has ${written.length} characters; an address can have ${MOST_CHARACTERS}`);
  // Whoever reads a URL takes such away, or for another, without a word.
  if (/[\s\p{Cc}\\]/u.test(written))
    return fail(
      `${quote(written)} holds a blank or another character that no address has; write %20 for a blank`,
    );
  const parts = PARTS.exec(written);
  if (parts === null) return fail(`must begin with http:// or https://, not ${quote(written)}`);
  if (parts[1]?.includes("@") === true)
    return fail(
      "holds a user name: write the address without it; token names a bearer token that the workers keep",
    );
  if (!z.url().safeParse(written).success)
    return fail(`${quote(written)} is no address: it must be ${EXAMPLE}`);
  if (written.includes("#")) return fail(`${quote(written)} has a part behind #, which no server sees`);
  return succeed(written);
}

/** Of a Prometheus server: what is asked there is put behind it. */
export function parseServerUrl(written: unknown): Result<string, string> {
  const url = parseUrl(written);
  if (!url.ok) return url;
  const [, , path = "", search] = PARTS.exec(url.value) ?? [];
  if (search !== undefined)
    return fail(
      `${quote(written)} has a part behind ?: write the server's address alone; query says what is asked`,
    );
  return /\/api\/v1(?:\/query)?\/?$/.test(path)
    ? fail(`${quote(written)} names the query API: write the server's address without /api/v1/query`)
    : url;
}
