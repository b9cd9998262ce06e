import { describe, expect, it } from "vitest";
import { isThisBox, ownAddresses } from "../../../src/ssh/local/this-box.ts";

const BOX = { hostname: "web1.example.com", addresses: ["127.0.0.1", "::1", "10.0.0.1", "fe80::A1"] };

describe("isThisBox", () => {
  it.each(["localhost", "web1.example.com", "WEB1.example.com", "web1", "127.0.0.9", "10.0.0.1", "fe80::a1"])(
    "%s is",
    (host) => expect(isThisBox(host, BOX)).toBe(true),
  );

  it.each(["web2", "web1.example.org", "web11", "10.0.0.2", "example.com", ""])("%s is not", (host) =>
    expect(isThisBox(host, BOX)).toBe(false),
  );

  it("knows a box without a domain by its name with one", () => {
    const box = { ...BOX, hostname: "web1" };
    expect(isThisBox("web1.example.com", box)).toBe(true);
    expect(isThisBox("web2.example.com", box)).toBe(false);
  });
});

it("this box has the loopback's address", () => {
  expect(ownAddresses()).toContain("127.0.0.1");
});
