import { describe, expect, it } from "vitest";
import { parseWorkload } from "../../src/contract/workload.ts";

const refusal = (json: string): string => {
  const parsed = parseWorkload(json);
  if (parsed.ok) throw new Error(`accepted: ${json}`);
  return parsed.error;
};

describe("parseWorkload", () => {
  it("takes the shortest workload that a person would write", () => {
    expect(parseWorkload('{"host":"db1","command":"uptime"}')).toEqual({
      ok: true,
      value: {
        host: "db1",
        command: "uptime",
        env: {},
        shell: "/bin/sh",
        connectTimeoutMs: 15_000,
        okCodes: [0],
        delivery: "repeatable",
        onDisconnect: "attached",
      },
    });
  });

  it("takes a full one", () => {
    const workload = {
      v: 1,
      host: "2001:db8::1",
      address: "10.0.0.1",
      port: 2222,
      user: "deploy",
      command: "true",
      env: { A: "line\nline", B: "" },
      cwd: "/srv",
      timeoutMs: 1000,
      shell: "/bin/bash",
      connectTimeoutMs: 1000,
      okCodes: [0, 3],
      delivery: "once",
      onDisconnect: "attached",
      startWithinMs: 120_000,
      live: true,
      task: {
        run: "20261124-091612-abcdefgh",
        slot: 1,
        job: "pkg1",
        attempt: 1,
        client: "c1",
        submission: "abcd1234",
        epoch: 2,
        notAfterMs: 1_795_511_772_000,
      },
    };
    expect(parseWorkload(JSON.stringify(workload))).toEqual({ ok: true, value: workload });
  });

  it.each([
    ["not json", /workload is not JSON/],
    ["[]", /not a JSON object/],
    ["null", /not a JSON object/],
    ["{}", /host/],
    ['{"host":"db1"}', /either a command or a script/],
    ['{"v":2,"host":"db1","command":"true"}', /version 2; this program reads version 1/],
    ['{"v":"1","host":"db1","command":"true"}', /version "1"/],
    ['{"host":"db1","command":"true","comand":"x"}', /comand/],
    ['{"host":"-oProxyCommand=x","command":"true"}', /host: is not a host name/],
    ['{"host":"db1 db2","command":"true"}', /host: is not a host name/],
    ['{"host":"db1","command":"a\\u0000b"}', /command: holds a NUL character/],
    ['{"host":"db1","command":"true","env":{"A B":"x"}}', /variable name/],
    ['{"host":"db1","command":"true","env":{"1A":"x"}}', /variable name/],
    ['{"host":"db1","command":"true","cwd":"~/x"}', /cwd: must begin with \//],
    ['{"host":"db1","command":"true","shell":"-c"}', /shell: is not a program/],
    ['{"host":"db1","command":"true","shell":""}', /shell: is not a program/],
    ['{"host":"db1","command":"true","become":"a b"}', /become/],
    ['{"host":"db1","command":"true","port":70000}', /port/],
    ['{"host":"db1","command":"true","okCodes":[256]}', /okCodes/],
    ['{"host":"db1","command":"true","delivery":"once"}', /`once` needs a `task`/],
    ['{"host":"db1","command":"true","timeoutMs":1e12}', /timeoutMs/],
  ])("refuses %s", (json, why) => {
    expect(refusal(json)).toMatch(why);
  });

  it("does not let a __proto__ key through", () => {
    expect(refusal('{"host":"db1","command":"true","__proto__":{"user":"root"}}')).toMatch(
      /__proto__|not valid/,
    );
    const parsed = parseWorkload('{"host":"db1","command":"true","env":{"__proto__":"x"}}');
    expect(parsed.ok && Object.keys(parsed.value.env ?? {})).not.toContain("toString");
  });

  const task = { run: "r", slot: 1, job: "j", attempt: 1, client: "c", submission: "abcd1234" };
  it.each<[object, RegExp]>([
    [{ notAfterMs: 1 }, /notAfterMs needs an epoch/],
    [{ epoch: 0 }, /epoch/],
    [{ epoch: 1.5 }, /epoch/],
    [{ epoch: 1, notAfterMs: -1 }, /notAfterMs/],
  ])("refuses the epoch %j", (epoch, why) => {
    expect(refusal(JSON.stringify({ host: "h", command: "true", task: { ...task, ...epoch } }))).toMatch(why);
  });

  const ofGate = (more: object = {}, inTask: object = {}) =>
    JSON.stringify({ host: "h", command: "true", ...more, task: { ...task, gate: "health", ...inTask } });

  it("takes what a gate asks of a host", () => {
    expect(parseWorkload(ofGate())).toMatchObject({ ok: true, value: { task: { gate: "health" } } });
  });

  it.each<[string, object, object]>([
    ["once", { delivery: "once" }, {}],
    ["a stage", {}, { stage: "drain" }],
    ["a target", {}, { stage: "drain", target: "fe1" }],
    ["a reboot", { reboot: { timeoutMs: 1000 } }, {}],
    ["unless", { unless: "true" }, {}],
    ["a check", { check: { everyMs: 1000, stableMs: 0, withinMs: 5000 } }, {}],
    ["outputs", { outputs: true }, {}],
  ])("takes none of it with %s", (_, more, inTask) => {
    expect(refusal(ofGate(more, inTask))).toMatch(/what a `gate` asks is `repeatable`/);
  });
});
