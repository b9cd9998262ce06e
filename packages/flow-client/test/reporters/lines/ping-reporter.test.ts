import { expect, it } from "vitest";
import { PingReporter } from "../../../src/reporters/lines/ping-reporter.ts";
import { madeRun, type MadeEnd } from "../made-run.ts";

/** What is told where these hosts end so. */
function told(ends: Readonly<Record<string, MadeEnd>>): { lines: readonly string[]; failed: number } {
  const hosts = Object.keys(ends);
  const reporter = new PingReporter();
  const events = madeRun([[{ name: "ping", hosts, need: 0, end: (host) => ends[host] ?? {} }]]);
  expect(reporter.report(events)).toEqual([]);
  return { lines: reporter.end(), failed: reporter.failed };
}

const unknownKey = (host: string, address: string, key: string): MadeEnd => ({
  outcome: "unreachable",
  reason: `the host key of ${host} (${address} port 22) is not known: ssh-ed25519 SHA256:${key}`,
});

it("tells hosts with the same reason once, without what each has of its own", () => {
  const { lines, failed } = told({
    db1: {},
    db2: {},
    fe1: unknownKey("fe1", "10.0.0.1", "aB+/="),
    fe2: unknownKey("fe2", "10.0.0.2", "cD"),
    fe10: unknownKey("fe10", "[fe80::1]", "eF"),
  });
  expect(lines).toEqual([
    "db[1-2] (2) ok",
    "fe[1-2,10] (3) unreachable: the host key of HOST (ADDRESS port 22) is not known: ssh-ed25519 KEY",
    "2 of 5 hosts ok",
  ]);
  expect(failed).toBe(3);
});

it("tells the whole reason of a host that is alone with it, the largest group first", () => {
  const { lines } = told({
    a: unknownKey("a", "10.0.0.1", "xyz"),
    b: { outcome: "refused", reason: "b: sudo wants a password" },
    c: { outcome: "refused", reason: "c: sudo wants a password" },
  });
  expect(lines).toEqual([
    "b,c (2) refused: sudo wants a password",
    "a unreachable: the host key of a (10.0.0.1 port 22) is not known: ssh-ed25519 SHA256:xyz",
    "0 of 3 hosts ok",
  ]);
});

it("takes a host's name for a name, whatever letters it has", () => {
  const { lines } = told({
    "a.b": { outcome: "unreachable", reason: "a.b is not axb" },
    a: { outcome: "unreachable", reason: "a has a name" },
  });
  expect(lines[0]).toBe("a.b unreachable: a.b is not axb");
  expect(lines[1]).toBe("a unreachable: a has a name");
});
