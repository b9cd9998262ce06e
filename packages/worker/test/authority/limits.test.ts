import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Authority } from "../../src/authority/authority.ts";
import type { HostDoor } from "../../src/transport/transport.ts";
import {
  alice,
  bob,
  folder,
  nobody,
  NOW,
  opener,
  refused,
  signedBy,
  workload,
  type TestSigner,
} from "./ground.ts";

const root = folder();
const open = opener(root);

describe("the worker's own box", () => {
  const door = { user: "rr", port: 22, isLocal: true } as const;
  const ask = (options: object, fields: object = {}, atDoor: HostDoor = door) => {
    const opened = Authority.open({ hosts: "all", users: "all", ...options });
    if (!opened.ok) throw new Error(opened.error.join());
    const text = JSON.stringify({ host: "worker1", command: "id", transport: "local", ...fields });
    return opened.value.task({ text, functionName: "rr-run", unique: "u" }, NOW, () => atDoor);
  };

  it("is not a box of another name, and is not rebooted by its own worker", () => {
    const other = { ...door, thisBox: "worker2" };
    expect(ask({ local: "self" }, {}, other)).toEqual(
      refused(/the worker's own box, which is worker2 and not worker1: give each such box a pool/),
    );
    expect(ask({ local: "self" }, { address: "10.0.0.9" }, other)).toEqual(refused(/and not 10\.0\.0\.9/));
    const reboot = { reboot: { timeoutMs: 1000 } };
    expect(ask({ local: "self" }, reboot)).toEqual(refused(/would end the worker that waits for it/));
  });

  it("is nobody's unless --allow-local says so, and with become only another user's", () => {
    expect(ask({})).toEqual(refused(/runs nothing on its own box/, { blame: "submission" }));
    expect(ask({}, { become: true })).toEqual(refused(/--allow-local/));
    expect(ask({ local: "self" }).ok).toBe(true);
    expect(ask({ local: "become" })).toEqual(refused(/only as another user than rr: use become/));
    expect(ask({ local: "become" }, { become: "rr" })).toEqual(refused(/only as another user/));
    expect(ask({ local: "become" }, { become: true }).ok).toBe(true);
    expect(ask({ local: "become" }, { become: "www" }).ok).toBe(true);
  });

  it("is among hosts that are listed only as localhost, whatever the host is called", () => {
    const hosts = (...names: string[]) => ask({ local: "self", hosts: new Set(names) });
    expect(hosts("worker1")).toEqual(refused(/the worker's own box \(localhost\) is not among the hosts/));
    expect(hosts("localhost").ok).toBe(true);
  });
});

describe("a worker that is held back", () => {
  const message = (fields: object) => ({
    text: JSON.stringify({ host: "db1", command: "id", ...fields }),
    functionName: "rr-run",
    unique: "u",
  });
  const held = Authority.open({ hosts: new Set(["db1", "10.0.0.1"]), users: new Set(["deploy"]) });
  const ask = (fields: object, login?: string) =>
    held.ok
      ? held.value.task(message(fields), NOW, () =>
          login === undefined ? undefined : { user: login, port: 2201 },
        )
      : undefined;

  it.each([
    [{ user: "deploy" }],
    [{ user: "deploy", address: "db1" }],
    [{ user: "deploy", address: "10.0.0.1" }],
    [{ user: "deploy", become: "deploy" }],
    [{ port: 2201 }],
    [{ secretEnv: { T: "token" } }],
  ])("runs %j", (fields) => {
    expect(ask(fields, "deploy")?.ok).toBe(true);
  });

  it.each([
    [{ user: "deploy", host: "db2" }, /host db2 is not among/],
    [{ user: "deploy", address: "10.0.0.2" }, /address 10.0.0.2, which the submission gives for db1/],
    [{ user: "root" }, /not run as root/],
    [{ user: "deploy", become: true }, /not run as root/],
    [{ user: "deploy", become: "postgres" }, /not run as postgres/],
    [{ user: "deploy", port: 22 }, /port 22 of db1 is not among the ports/],
    [{ user: "deploy", port: 2202 }, /port 2202 of db1/],
  ])("refuses %j", (fields, why) => {
    expect(ask(fields, "deploy")).toEqual(refused(why, { blame: "submission" }));
  });

  it("goes to port 22 where ssh_config gives none, and to those that are allowed", () => {
    const at = (ports: readonly number[] | undefined, port: number) => {
      const opened = Authority.open({
        ...{ hosts: new Set(["db1"]), users: "all" },
        ...(ports === undefined ? {} : { ports: new Set(ports) }),
      });
      return opened.ok && opened.value.task(message({ port }), NOW, nobody).ok;
    };
    expect([
      at(undefined, 22),
      at(undefined, 2222),
      at([2222], 2222),
      at([2222], 22),
      at([2222], 23),
    ]).toEqual([...[true, false, true, true, false]]);
  });

  it("goes by ssh_config's user where the workload names none", () => {
    expect(ask({}, "deploy")?.ok).toBe(true);
    expect(ask({}, "root")).toEqual(refused(/not run as root/));
  });

  it("lets each principal do what the policy gives, and nothing else", async () => {
    const rules = [
      { principals: "alice", hosts: "db[1-3]", users: ["deploy"] },
      { principals: "bob", hosts: "*", users: "*" },
    ];
    const { authority } = open({ rules });
    const as = async (by: TestSigner, fields: object) =>
      authority.task(await signedBy(by, workload(fields)), NOW, () => ({ user: "deploy", port: 2201 }));
    expect((await as(alice, { host: "db3" })).ok).toBe(true);
    expect(await as(alice, { host: "db4" })).toEqual(refused(/does not give alice the host db4/));
    expect(await as(alice, { become: true })).toEqual(refused(/not let alice run as deploy and root on db1/));
    expect((await as(bob, { host: "db4", become: true })).ok).toBe(true);
    const { authority: forBob } = open({ rules: rules.slice(1) });
    expect(
      forBob.task(await signedBy(alice, workload()), NOW, () => ({ user: "deploy", port: 2201 })),
    ).toEqual(refused(/no rule .* for alice/));
  });

  it("takes nothing while the policy cannot be read", async () => {
    const { authority, rules } = open({ rules: [{ principals: "*", hosts: "*", users: "*" }] });
    writeFileSync(rules ?? "", "{");
    expect(authority.task(await signedBy(alice, workload()), NOW, nobody)).toEqual(
      refused(/cannot tell who may do what/, { blame: "worker" }),
    );
  });
});
