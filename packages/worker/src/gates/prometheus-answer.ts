import type { GateFinding } from "@roadrunner/core";

export type Reading = GateFinding["reading"];

/** The address of an instant query; what the server's own one has in its path and its query is kept. */
export function queryUrl(server: URL, query: string): URL {
  const url = new URL(server);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/api/v1/query`;
  url.searchParams.set("query", query);
  return url;
}

/** What the server's answer to an instant query says: a value where it is exactly one number, else why there is none. */
export function readPrometheus(host: string, status: number, body: string): Reading {
  const json = parsed(body);
  const stranger = none(`the answer of ${host} is JSON, but none of Prometheus`);
  if (status !== 200) {
    const said = isRecord(json) && typeof json["error"] === "string" ? `: ${json["error"]}` : "";
    return none(`${host} answered with status ${status}${said}`);
  }
  if (json === undefined) return none(`the answer of ${host} is not JSON; is it Prometheus?`);
  if (!isRecord(json) || json["status"] !== "success" || !isRecord(json["data"])) return stranger;
  const { resultType, result } = json["data"];
  if (resultType === "scalar") return readSample(result) ?? stranger;
  if (resultType !== "vector" || !Array.isArray(result))
    return none(
      `the query gives a ${shown(resultType)} where one number is needed; ask for an instant value, such as a sum or a rate`,
    );
  if (result.length === 0) return none("no data: no series answers the query");
  if (result.length > 1)
    return none(
      `${result.length} series answer the query where one is needed; have the query make one of them, as sum() or max() does`,
    );
  const series: unknown = result[0];
  if (isRecord(series) && "histogram" in series) return none("the query gives a histogram, not a number");
  return readSample(isRecord(series) ? series["value"] : undefined) ?? stranger;
}

/** `[time, "number"]`; undefined: it is none. */
function readSample(sample: unknown): Reading | undefined {
  const text: unknown = Array.isArray(sample) ? sample[1] : undefined;
  if (typeof text !== "string") return undefined;
  if (/^(?:NaN|[+-]?Inf)$/.test(text)) return none(`the value is ${text}, which is no number to judge by`);
  const value = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? { kind: "value", value } : none(`the value ${shown(text)} is no number`);
}

export function none(reason: string): Reading {
  return { kind: "none", reason };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 40) : "result of an unknown type";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
