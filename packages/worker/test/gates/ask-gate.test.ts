import { expect, it } from "vitest";
import { askGate } from "../../src/gates/ask-gate.ts";
import { parseGateUrls } from "../../src/gates/gate-urls.ts";

const { signal } = new AbortController();
const token = { name: "prom", value: "hunter2" };

/** What is refused before anything is sent. */
async function refusal(url: string, gateUrls?: string, query?: string): Promise<string> {
  const allowed = gateUrls === undefined ? { ok: true as const, value: [] } : parseGateUrls(gateUrls);
  if (!allowed.ok) throw new Error(allowed.error);
  const question = query === undefined ? { http: { url } } : { prometheus: { url, query } };
  const reading = await askGate(question, { allowed: allowed.value, signal, token });
  if (reading.kind !== "none") throw new Error(`asked: ${JSON.stringify(reading)}`);
  return reading.reason;
}

it("asks nothing without --gate-urls, and says which to give", async () => {
  expect(await refusal("https://shop/health?x=1")).toBe(
    "this worker asks no addresses; start it with --gate-urls https://shop/health",
  );
  expect(await refusal("http://prom:9090/", undefined, "up")).toMatch(
    /--gate-urls http:\/\/prom:9090\/api\/v1\/query$/,
  );
});

it("holds the address that it asks against them, and not the one that it was given", async () => {
  expect(await refusal("http://prom:9090/", "http://prom:9090/api/v1/query_range", "up")).toMatch(
    /api\/v1\/query is not among/,
  );
  expect(await refusal("http://prom:9090/a", "http://prom:9090/api/v1/query", "up")).toMatch(
    /a\/api\/v1\/query is not among/,
  );
});

it("shows no password of an address, no token, and no text without end", async () => {
  expect(await refusal("http://u:geheim@shop/", "http://shop")).not.toContain("geheim");
  expect(await refusal("http://shop/hunter2", "http://other")).toMatch(
    /^http:\/\/shop\/\[secret prom\] is not among/,
  );
  expect((await refusal(`http://shop/${"x".repeat(4000)}`, "http://other")).length).toBeLessThan(1000);
});

it("sends no token by http to another box", async () => {
  expect(await refusal("http://shop/", "http://shop")).toMatch(/^the token prom is not sent to shop by http/);
});
