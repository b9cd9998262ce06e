import { describe, expect, it } from "vitest";
import { oneJob, problemsOf, shortly, type Written } from "../reading.ts";

const prometheus = { url: "http://prom:9090", query: "latency" };
const wrong = (gates: unknown): readonly string[] =>
  shortly(problemsOf(oneJob({ gates }))).map((text) => text.replace(/^\S+ slots\[0\]\.jobs\[0\]\./, ""));

describe("gates", () => {
  it("are 1 to 20", () => {
    const many = Array.from({ length: 21 }, () => ({ http: "http://a" }));
    expect(wrong(many)).toEqual([expect.stringContaining("gates: must be at most 20 gates")]);
    expect(wrong([])).toEqual([expect.stringContaining("gates: must be at least one gate")]);
  });

  const p = (more: Written) => ({ prometheus, ...more });
  const url = (text: string) => ({ http: text });
  it.each<[Written, string]>([
    [{}, "gates[0]: a gate needs prometheus, http or check: what is asked"],
    [
      { http: "http://a", check: "x", at: "b" },
      "gates[0].check: a gate asks one thing, and this one asks http already",
    ],
    [
      { ...p({ max: 1 }), http: "http://a" },
      "gates[0].http: a gate asks one thing, and this one asks prometheus already",
    ],
    [p({}), "gates[0].prometheus: nothing says which values pass: write max, min or both"],
    [p({ max: 1, min: 2 }), "gates[0].max: max is 1 and min is 2: no value would pass"],
    [{ prometheus: { ...prometheus, max: 1 }, max: 1 }, "gates[0].max: max stands in prometheus as well"],
    [
      { prometheus: { ...prometheus, max: 1, min: 2 } },
      "gates[0].prometheus.max: max is 1 and min is 2: no value would pass",
    ],
    [p({ max: "300" }), 'gates[0].max: must be a number, not "300"'],
    [
      { prometheus: { url: "http://a" }, max: 1 },
      "gates[0].prometheus.query: is missing: a query of PromQL, such as 'histogram_quantile(0.99, …)'",
    ],
    [
      { prometheus: { ...prometheus, query: " \n" }, max: 1 },
      "gates[0].prometheus.query: must be a query of PromQL",
    ],
    [p({ max: 1, status: 200 }), "gates[0].status: status is of http, and this gate asks prometheus"],
    [{ http: "http://a", max: 1 }, "gates[0].max: max is of prometheus, and this gate asks http"],
    [{ http: "http://a", at: "mon1" }, "gates[0].at: at is of check, and this gate asks http"],
    [{ http: "http://a", okCodes: [1] }, "gates[0].okCodes: okCodes is of check, and this gate asks http"],
    [
      { check: "x", at: "m", token: "t" },
      "gates[0].token: token is of prometheus and http, and this gate asks check",
    ],
    [{ check: "x" }, "gates[0].check: a check needs at: the host at which it is run"],
    [{ check: " ", at: "m" }, "gates[0].check: the check is empty"],
    [{ check: "x".repeat(131_001), at: "m" }, "gates[0].check: has 131001 bytes; a command can have 131000"],
    [{ check: "x", at: "m[1-" }, "gates[0].at: "],
    [
      { check: "x", at: "m", env: { RR_A: "1" } },
      "gates[0].env.RR_A: RR_A: variables that begin with RR_ are Roadrunner's own",
    ],
    [
      { check: "x", at: "m", env: { A: "1" }, secretEnv: { A: "t" } },
      'gates[0].secretEnv.A: "A" is in env as well',
    ],
    [{ http: "http://a", status: 99 }, "gates[0].status: must be an HTTP status, 100 to 599, not 99"],
    [
      { http: "http://a", every: "999ms" },
      'gates[0].every: must be at least a second, such as "30s", not "999ms"',
    ],
    [{ http: "http://a", every: 5 }, 'gates[0].every: 5 of what? write "5s" for seconds'],
    [{ http: "http://a", timeout: 0 }, "gates[0].timeout: must be a duration above 0"],
    [{ http: "http://a", failures: 0 }, "gates[0].failures: must be a whole number, 1 to 100, not 0"],
    [{ http: "http://a", pool: "a b" }, "gates[0].pool: must be 1 to 40 letters"],
    [{ http: "http://a", name: "a b" }, "gates[0].name: must be 1 to 64 letters"],
    [{ http: "http://a", token: "../x" }, "gates[0].token: must be the name of a file"],
    [{ http: "http://a", querry: "x" }, 'gates[0].querry: unknown key "querry"'],
    [url("http:/a"), "gates[0].http: must begin with http:// or https://"],
    [url("ftp://a/"), "gates[0].http: must begin with http:// or https://"],
    [url("http://"), 'gates[0].http: "http://" is no address'],
    [url("http://a:99999/"), 'gates[0].http: "http://a:99999/" is no address'],
    [url("http://[::1/"), 'gates[0].http: "http://[::1/" is no address'],
    [url("http://me:pw@a/"), "gates[0].http: holds a user name"],
    [url("http://allowed@other/"), "gates[0].http: holds a user name"],
    [url("http://@other/"), "gates[0].http: holds a user name"],
    [url("http://a/#x"), 'gates[0].http: "http://a/#x" has a part behind #, which no server sees'],
    [url("http://a/b c"), 'gates[0].http: "http://a/b c" holds a blank'],
    [url(" http://a/"), 'gates[0].http: " http://a/" holds a blank'],
    [url("http://a\\b/"), "gates[0].http: "],
    [url(`http://a/${"x".repeat(4096)}`), "gates[0].http: has 4105 characters; an address can have 4096"],
    [
      { prometheus: { ...prometheus, url: "http://p/?x=1" }, max: 1 },
      'gates[0].prometheus.url: "http://p/?x=1" has a part behind ?',
    ],
    [{ prometheus: { ...prometheus, url: "http://p/api/v1/query" }, max: 1 }, "names the query API"],
  ])("as %j are refused: %s", (gate, message) => {
    expect(wrong([gate])).toEqual([expect.stringContaining(message)]);
  });

  it("are named once, also where the flow names them not", () => {
    expect(wrong([{ name: "gate-2", http: "http://a" }, { http: "http://b" }])).toEqual([
      'gates[1]: two gates are named "gate-2"; the other is gate 1',
    ]);
  });

  it.each([
    [{ bake: "1m" }, "bake is how long gates are watched, and this job has none", "wait is what pauses"],
    [{ onGateFail: "hold" }, "onGateFail says what a gate does, and this job has none", undefined],
  ])("are needed by %j", (job, message, hint) => {
    const [problem, ...more] = problemsOf(oneJob(job));
    expect(problem?.message).toBe(message);
    expect(problem?.hint ?? "").toContain(hint ?? "");
    expect(more).toEqual([]);
  });
});
