import { describe, expect, test } from "vitest";
import { planOf } from "../reading.ts";

const flow = (slots: readonly (readonly object[])[], more: object = {}): string =>
  JSON.stringify({ ...more, slots: slots.map((jobs) => ({ jobs })) });
const job = (fields: object): object => ({ hosts: "db[1-4]", command: "true", ...fields });
const warnings = (text: string, inventory?: Record<string, unknown>): readonly string[] =>
  planOf(text, inventory === undefined ? {} : { inventory })
    .notes.filter(({ warning }) => warning)
    .map(({ message }) => message);

describe("warnings", () => {
  test("the first example has none", () => {
    const slots = [
      [job({ hosts: "db[1-10]", success: "80%" }), job({ hosts: "api[1-6]" })],
      [job({ hosts: "fe[1-100]", parallelism: "50%" })],
    ];
    expect(warnings(flow(slots))).toEqual([]);
  });

  test("of more than 10 hosts at once because nobody wrote parallelism", () => {
    const many = job({ name: "a", hosts: "db[1-11]" });
    expect(warnings(flow([[many]]))).toEqual([
      'job "a" starts on all its 11 hosts at once, since no parallelism is written',
    ]);
    expect(warnings(flow([[{ ...many, parallelism: "100%" }]]))).toEqual([]);
    expect(warnings(flow([[many]], { defaults: { parallelism: "100%" } }))).toEqual([]);
    expect(warnings(flow([[job({ hosts: "db[1-10]" })]]))).toEqual([]);
  });

  test("of variables that decide what programs run, of the flow and of the inventory", () => {
    const text = flow([[job({ name: "a", env: { PATH: "/opt/bin", LDAP: "x" } })]]);
    expect(warnings(text, { hosts: { db2: { env: { LD_PRELOAD: "/x.so" } } } })).toEqual([
      'job "a": env sets PATH, and so in which folders the command finds its programs',
      'job "a": env sets LD_PRELOAD, which decides what programs load',
    ]);
  });

  test("of a host in two jobs of one slot", () => {
    expect(warnings(flow([[job({ name: "a" }), job({ name: "b", hosts: "x,db[3-9]" })]]))).toEqual([
      'job "b" runs side by side with "a" on db[3-4]',
    ]);
  });

  test("of a job on hosts where an earlier one may have failed", () => {
    const lenient = job({ name: "a", success: "50%" });
    const text =
      'job "b" also runs on those of db[1-4] where "a" failed, since success under 100% lets the flow go on; onlyIfOk would leave them out';
    expect(warnings(flow([[lenient], [job({ name: "b" })]]))).toEqual([text]);
    expect(warnings(flow([[job({ name: "a", success: 3 })], [job({ name: "b" })]]))).toHaveLength(1);
    expect(warnings(flow([[lenient], [job({ name: "b", onlyIfOk: "a" })]]))).toEqual([]);
    expect(warnings(flow([[lenient], [job({ hosts: "web1" })]]))).toEqual([]);
    expect(warnings(flow([[job({ name: "a", success: 4 })], [job({})]]))).toEqual([]);
    // Rounded up, 99% of 4 hosts are all of them.
    expect(warnings(flow([[job({ name: "a", success: "99%" })], [job({})]]))).toEqual([]);
  });

  test("of many earlier jobs at once", () => {
    const earlier = ["a", "b", "c", "d", "e"].map((name) => [job({ name, success: "0%", parallelism: 1 })]);
    expect(warnings(flow([...earlier, [job({ name: "z", hosts: "db1" })]])).at(-1)).toContain(
      'on those of db1 where "a", "b", "c" and 2 more failed',
    );
  });

  test("not where onlyIfOk asks by way of another job, nor in finally", () => {
    const slots = [
      [job({ name: "a", success: "50%" })],
      [job({ name: "b", onlyIfOk: "a" })],
      [job({ onlyIfOk: "b" })],
    ];
    const last = { finally: [{ jobs: [job({ name: "clean" })] }] };
    expect(warnings(flow(slots, last))).toEqual([]);
  });

  test("of two names with one address", () => {
    const inventory = {
      hosts: { db1: { address: "10.0.0.1" }, db2: { address: "10.0.0.1" }, db3: { address: "db4" } },
    };
    expect(warnings(flow([[job({})]]), inventory)).toEqual([
      "db[1-2] have one address: 10.0.0.1 port 22",
      "db[3-4] have one address: db4 port 22",
    ]);
    const ports = { hosts: { db1: { address: "10.0.0.1", port: 1 }, db2: { address: "10.0.0.1", port: 2 } } };
    expect(warnings(flow([[job({})]]), ports)).toEqual([]);
  });

  test.each<[object, string]>([
    [{ wait: "5s" }, "wait has no effect, since parallelism is no list of steps"],
    [{ stepSuccess: "50%" }, "stepSuccess has no effect, since parallelism is no list of steps"],
    [{ retryOn: ["timedOut"] }, "retryOn has no effect, since retries is 0"],
    [{ retryDelay: "5s" }, "retryDelay has no effect, since retries is 0"],
    [{ rebootTimeout: "5m" }, "rebootTimeout has no effect, since reboot is false"],
  ])("of %j, which does nothing", (fields, message) => {
    expect(warnings(flow([[job({ name: "a", ...fields })]]))).toEqual([`job "a": ${message}`]);
    expect(warnings(flow([[job({})]], { defaults: fields }))).toEqual([]);
  });
});
