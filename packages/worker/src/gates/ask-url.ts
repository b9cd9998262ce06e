import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { fail, succeed, type Result } from "@roadrunner/core";
import { isAllowed, isReadable, readUrl, shownUrl, type GateUrls } from "./gate-urls.ts";
import { whyNotReached } from "./why-not-reached.ts";

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

/** What is sent to one address, and where its redirects may lead. */
export interface UrlAsk {
  readonly url: URL;
  readonly allowed: GateUrls;
  /** A bearer token; only ever for the origin of `url`. */
  readonly token?: { readonly name: string; readonly value: string };
  /** More of an answer's body is not read; 0: nothing of it is. */
  readonly maxBodyBytes: number;
  /** Ends the asking; its reason completes "no answer …". */
  readonly signal: AbortSignal;
}

export interface UrlAnswer {
  /** Who has answered, after all redirects. */
  readonly host: string;
  readonly status: number;
  /** Or why it could not be read. */
  readonly body: Result<string, string>;
}

/**
 * Asks with GET, and follows redirects as far as they lead to allowed addresses. No proxy is used, whatever the environment
 * says: the address that is allowed is the one that is spoken to. Certificates are checked, whatever it says.
 */
export async function askUrl(ask: UrlAsk): Promise<Result<UrlAnswer, string>> {
  let { url } = ask;
  const fault = notAsked(ask, url);
  if (fault !== undefined) return fail(fault);
  for (let redirects = 0; ; redirects += 1) {
    const response = await get(ask, url);
    if (!response.ok) return response;
    const { statusCode = 0, headers } = response.value;
    const to = REDIRECTS.has(statusCode) ? headers.location : undefined;
    if (to === undefined) {
      const body = await bodyOf(ask, url, response.value);
      return succeed({ host: url.host, status: statusCode, body });
    }
    response.value.destroy();
    if (redirects === MAX_REDIRECTS)
      return fail(`${url.host} redirects once more after ${MAX_REDIRECTS} redirects`);
    const next = readUrl(to, url);
    if (!next.ok) return fail(`${url.host} redirects to an address that ${next.error}`);
    if (!isAllowed(ask.allowed, next.value))
      return fail(
        `${url.host} redirects to ${shownUrl(next.value)}, which this worker may not ask (--gate-urls)`,
      );
    url = next.value;
  }
}

/** Why an address is not asked. */
function notAsked({ allowed, token }: UrlAsk, url: URL): string | undefined {
  if (allowed.length === 0)
    return `this worker asks no addresses; start it with --gate-urls ${shownUrl(url)}`;
  if (!isAllowed(allowed, url))
    return `${shownUrl(url)} is not among the addresses that this worker may ask (--gate-urls)`;
  if (token !== undefined && isReadable(url))
    return `the token ${token.name} is not sent to ${url.host} by http, where it can be read on the way; use https`;
  return undefined;
}

async function get(ask: UrlAsk, url: URL): Promise<Result<IncomingMessage, string>> {
  const { token, signal } = ask;
  // As it came: another word for a body is one that nobody asked for.
  const headers: Record<string, string> = {
    accept: "*/*",
    "accept-encoding": "identity",
    "user-agent": "rr-worker",
  };
  if (token !== undefined && url.origin === ask.url.origin)
    headers["authorization"] = `Bearer ${token.value}`;
  return new Promise((resolve) => {
    const gone = (error: unknown) =>
      resolve(
        fail(
          signal.aborted ? `no answer from ${url.host} ${String(signal.reason)}` : whyNotReached(url, error),
        ),
      );
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    // Without an agent of the process: that one may have been told of a proxy.
    request(url, { agent: false, headers, rejectUnauthorized: true, signal }, (response) => {
      response.on("error", () => undefined);
      resolve(succeed(response));
    })
      .on("error", gone)
      .on("close", () => gone(CLOSED))
      .end();
  });
}

const CLOSED = Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" });

async function bodyOf(
  { maxBodyBytes, signal }: UrlAsk,
  { host }: URL,
  response: IncomingMessage,
): Promise<Result<string, string>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    if (maxBodyBytes > 0)
      for await (const chunk of response as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > maxBodyBytes) return fail(`the answer of ${host} is longer than ${maxBodyBytes} bytes`);
      }
    return succeed(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return fail(
      signal.aborted
        ? `the answer of ${host} had no end ${String(signal.reason)}`
        : `the answer of ${host} broke off`,
    );
  } finally {
    response.destroy();
  }
}
