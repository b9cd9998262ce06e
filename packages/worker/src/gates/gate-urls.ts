import { fail, succeed, type Result } from "@roadrunner/core/cli";

/** Addresses that gates may ask: each stands for itself and for what lies below its path. */
export type GateUrls = readonly URL[];

const MOST_SHOWN = 200;

/** The list of `--gate-urls`; the error quotes what is wrong. */
export function parseGateUrls(text: string): Result<GateUrls, string> {
  const urls: URL[] = [];
  for (const part of text.split(",").map((written) => written.trim())) {
    const read = readUrl(part);
    if (!read.ok) return fail(`${JSON.stringify(part)} ${read.error}`);
    if (read.value.search !== "" || read.value.hash !== "")
      return fail(`${JSON.stringify(part)} has a query or a fragment; give the address without it`);
    urls.push(read.value);
  }
  return succeed(urls);
}

/**
 * The address as it is asked. What other programs read in another way than this one does is no address, since what was
 * allowed is then not what is reached. The error stands behind the address.
 * @param base that of the answer which holds it; absent: it stands alone
 */
export function readUrl(text: string, base?: URL): Result<URL, string> {
  if (/[\s\\\p{Cc}]/u.test(text)) return fail("holds a space, a control character or a backslash");
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
  const isWritten = base !== undefined || /^https?:\/\/[^/]/i.test(text);
  if (url === undefined || !isWritten || (url.protocol !== "http:" && url.protocol !== "https:"))
    return fail("is no address that begins with http:// or https://");
  if (url.username !== "" || url.password !== "")
    return fail("holds a user or a password; name a token in their place");
  if (url.pathname.split("/").some(isRead))
    return fail("holds an encoded slash, dot, percent or control character in its path");
  return succeed(url);
}

/** Whether a server may read more in this part of a path than its characters: some decode it, and only then look at it. */
function isRead(segment: string): boolean {
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    return true;
  }
  return /[/\\%\p{Cc}]/u.test(decoded) || /^\.{1,2}(?:;|$)/.test(decoded);
}

/** Whether it is one of these or below one: same scheme, host and port, and the path whole up to a slash. */
export function isAllowed(allowed: GateUrls, url: URL): boolean {
  return allowed.some((one) => one.origin === url.origin && isBelow(one.pathname, url.pathname));
}

function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

/** Whether what is said there can be read on the way: by http to another box than this one. */
export function isReadable({ protocol, hostname }: URL): boolean {
  if (protocol === "https:") return false;
  return hostname !== "localhost" && hostname !== "[::1]" && !/^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** For people: without the query, which may be long, and hold what is nobody's business. */
export function shownUrl({ origin, pathname }: URL): string {
  const text = `${origin}${pathname}`;
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}
