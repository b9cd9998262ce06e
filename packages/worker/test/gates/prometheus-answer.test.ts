import { describe, expect, it } from "vitest";
import { queryUrl, readPrometheus } from "../../src/gates/prometheus-answer.ts";

const answer = (resultType: unknown, result: unknown) =>
  JSON.stringify({ status: "success", data: { resultType, result } });
const series = (value: unknown, name = "up") => ({
  metric: { __name__: name },
  value: [1795511772.781, value],
});

describe("an answer of Prometheus", () => {
  it.each([
    ["0.25", 0.25],
    ["0", 0],
    ["-12", -12],
    ["+3", 3],
    ["1e+06", 1_000_000],
    ["2.5e-7", 2.5e-7],
  ])("is a value where it is one number: %s", (text, value) => {
    expect(readPrometheus("p:9090", 200, answer("vector", [series(text)]))).toEqual({ kind: "value", value });
    expect(readPrometheus("p:9090", 200, answer("scalar", [1795511772, text]))).toEqual({
      kind: "value",
      value,
    });
  });

  it.each<[string, number, string]>([
    ["no data", 200, answer("vector", [])],
    ["2 series answer the query", 200, answer("vector", [series("1", "a"), series("2", "b")])],
    ["3 series answer the query", 200, answer("vector", [series("1"), series("2"), series("3")])],
    ["the value is NaN", 200, answer("vector", [series("NaN")])],
    ["the value is +Inf", 200, answer("vector", [series("+Inf")])],
    ["the value is -Inf", 200, answer("scalar", [1, "-Inf"])],
    ["the value 0x10 is no number", 200, answer("scalar", [1, "0x10"])],
    ["the value  is no number", 200, answer("scalar", [1, ""])],
    ["the value 1e999 is no number", 200, answer("scalar", [1, "1e999"])],
    ["the query gives a matrix", 200, answer("matrix", [])],
    ["the query gives a string", 200, answer("string", [1, "1"])],
    ["the query gives a result of an unknown type", 200, answer(undefined, [])],
    ["the query gives a histogram", 200, answer("vector", [{ metric: {}, histogram: [1, {}] }])],
    ["is JSON, but none of Prometheus", 200, answer("vector", [{ metric: {}, value: [1, 1] }])],
    ["is JSON, but none of Prometheus", 200, answer("vector", [null])],
    ["is JSON, but none of Prometheus", 200, answer("scalar", 1)],
    ["is JSON, but none of Prometheus", 200, '{"status":"success"}'],
    ["is JSON, but none of Prometheus", 200, '{"status":"error","error":"x"}'],
    ["is JSON, but none of Prometheus", 200, "[]"],
    ["is JSON, but none of Prometheus", 200, "null"],
    ["is not JSON", 200, "<html>"],
    ["is not JSON", 200, ""],
    [
      "p:9090 answered with status 503: query timed out",
      503,
      '{"status":"error","errorType":"timeout","error":"query timed out"}',
    ],
    ["p:9090 answered with status 503", 503, "Service Unavailable"],
    ["p:9090 answered with status 204", 204, ""],
    ["p:9090 answered with status 401", 401, '{"error":{}}'],
  ])("is none where it is not: %s", (reason, status, body) => {
    const reading = readPrometheus("p:9090", status, body);
    expect(reading).toEqual({ kind: "none", reason: expect.stringContaining(reason) as string });
  });
});

it("is asked for below the server's own path, with what its address has besides", () => {
  const asked = (url: string, query = "up") => queryUrl(new URL(url), query).href;
  expect(asked("http://p:9090")).toBe("http://p:9090/api/v1/query?query=up");
  expect(asked("http://p/prometheus/")).toBe("http://p/prometheus/api/v1/query?query=up");
  expect(asked("http://p/a?partial_response=false")).toBe(
    "http://p/a/api/v1/query?partial_response=false&query=up",
  );
  expect(asked("http://p/?query=evil&query=more", "sum(rate(x[1m])) > 0 & 1")).toBe(
    "http://p/api/v1/query?query=sum%28rate%28x%5B1m%5D%29%29+%3E+0+%26+1",
  );
});
