import { safeLine, type GateQuestion } from "@roadrunner/core";
import { Redactor } from "../visit/redactor.ts";
import { askUrl, type UrlAsk } from "./ask-url.ts";
import { readUrl } from "./gate-urls.ts";
import { none, queryUrl, readPrometheus, type Reading } from "./prometheus-answer.ts";

/** Far over one number, and what explains why there is none. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_REASON = 1000;

/** Asks what the question names. Whatever is no reading is told with its reason, and never thrown. */
export async function askGate(
  { prometheus, http }: Pick<GateQuestion, "prometheus" | "http">,
  how: Pick<UrlAsk, "allowed" | "token" | "signal">,
): Promise<Reading> {
  const reading = await (prometheus === undefined
    ? askHttp(http?.url ?? "", how)
    : askPrometheus(prometheus, how));
  return reading.kind === "none" ? none(shortLine(reading.reason, how.token)) : reading;
}

type How = Parameters<typeof askGate>[1];

async function askHttp(text: string, how: How): Promise<Reading> {
  const url = readUrl(text);
  if (!url.ok) return none(`its address ${url.error}`);
  const answer = await askUrl({ ...how, url: url.value, maxBodyBytes: 0 });
  return answer.ok ? { kind: "status", status: answer.value.status } : none(answer.error);
}

async function askPrometheus(
  { url: text, query }: { readonly url: string; readonly query: string },
  how: How,
): Promise<Reading> {
  const server = readUrl(text);
  if (!server.ok) return none(`its address ${server.error}`);
  const answer = await askUrl({ ...how, url: queryUrl(server.value, query), maxBodyBytes: MAX_ANSWER_BYTES });
  if (!answer.ok) return none(answer.error);
  const { host, status, body } = answer.value;
  if (body.ok) return readPrometheus(host, status, body.value);
  return status === 200 ? none(body.error) : readPrometheus(host, status, "");
}

/** What a server says in it may be anything, the token as well. */
function shortLine(reason: string, token: How["token"]): string {
  const redactor = new Redactor(token === undefined ? [] : [token]);
  const redacted = Buffer.concat([redactor.push(Buffer.from(reason)), redactor.end()]).toString("utf8");
  const line = safeLine(redacted);
  return line.length <= MAX_REASON ? line : `${line.slice(0, MAX_REASON)}…`;
}
