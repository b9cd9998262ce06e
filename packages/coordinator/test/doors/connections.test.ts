import { describe, expect, it } from "vitest";
import { addressKey } from "../../src/doors/address-key.ts";
import { Connections } from "../../src/doors/connections.ts";
import { Rates } from "../../src/doors/rates.ts";

describe("an address", () => {
  it.each([
    ["10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"],
    ["2001:db8:0:1::9", "2001:db8:0:1::/64"],
    ["2001:db8::9", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("%s counts as %s", (remote, key) => {
    expect(addressKey(remote)).toBe(key);
  });
});

describe("a rate", () => {
  it("lets an address do so many at once, and then as many as come back", () => {
    const rates = new Rates({ burst: 3, perSecond: 2 });
    expect([0, 0, 0, 0].map((at) => rates.take("a", at))).toEqual([0, 0, 0, 500]);
    expect(rates.take("b", 0)).toBe(0);
    expect(rates.take("a", 400)).toBe(100);
    expect(rates.take("a", 500)).toBe(0);
    expect(rates.take("a", 500)).toBe(500);
    expect([1, 2, 3, 4].map(() => rates.take("a", 60_000))).toEqual([0, 0, 0, 500]);
  });

  it("is told without doing it", () => {
    const rates = new Rates({ burst: 1, perSecond: 1 });
    expect([rates.wait("a", 0), rates.wait("a", 0)]).toEqual([0, 0]);
    expect([rates.take("a", 0), rates.wait("a", 0)]).toEqual([0, 1000]);
  });
});

describe("connections", () => {
  const bounds = { strangersOfAddress: 3, strangers: 5, ofPrincipal: 2, known: 3, strangerMs: 1000 };

  function room() {
    const connections = new Connections(bounds);
    const ended: string[] = [];
    const enter = (id: string, address: string, nowMs = 0) =>
      connections.enter(id, address, { destroy: () => ended.push(id) }, nowMs);
    return { connections, ended, enter };
  }

  it("of one address give way to its next ones, the oldest first", () => {
    const { ended, enter } = room();
    for (const id of ["a1", "a2", "a3", "a4", "a5"]) enter(id, "a");
    expect(ended).toEqual(["a1", "a2"]);
  });

  it("of many addresses: one of the address goes that has the most", () => {
    const { connections, ended, enter } = room();
    for (const id of ["a1", "a2", "a3"]) enter(id, "a");
    for (const id of ["b1", "c1", "d1", "e1"]) enter(id, id.slice(0, 1));
    expect(ended).toEqual(["a1", "a2"]);
    enter("f1", "f", 1);
    expect(ended).toEqual(["a1", "a2", "a3"]);
    expect(connections.strangers).toBe(5);
  });

  it("of those who are known stay, whoever comes", () => {
    const { connections, ended, enter } = room();
    enter("ada", "a");
    expect(connections.recognise("ada", "ada@ops")).toBe(true);
    expect(connections.recognise("ada", "ada@ops")).toBe(true);
    for (let count = 0; count < 9; count += 1) enter(`a${count}`, "a");
    expect(ended).not.toContain("ada");
    expect([connections.known, connections.strangers]).toEqual([1, 3]);
    connections.sweep(5000);
    expect([connections.known, connections.strangers]).toEqual([1, 0]);
  });

  it("of one principal, and of all of them, have a bound too", () => {
    const { connections, enter } = room();
    for (const id of ["1", "2", "3", "4", "5"]) enter(id, id);
    expect(["1", "2", "3"].map((id) => connections.recognise(id, "ada"))).toEqual([true, true, false]);
    expect(connections.recognise("4", "grace")).toBe(true);
    expect(connections.recognise("5", "eve")).toBe(false);
    connections.leave("1");
    expect(connections.recognise("5", "eve")).toBe(true);
    // By a proxy, which keeps a connection for one after another.
    expect(connections.recognise("5", "mallory")).toBe(true);
    expect(connections.known).toBe(3);
    for (const id of ["2", "4", "5"]) connections.leave(id);
    expect([connections.known, connections.strangers]).toEqual([0, 1]);
  });
});
