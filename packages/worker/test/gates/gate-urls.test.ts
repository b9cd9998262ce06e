import { describe, expect, it } from "vitest";
import { isAllowed, isReadable, parseGateUrls, readUrl, shownUrl } from "../../src/gates/gate-urls.ts";

function urlsOf(text: string) {
  const parsed = parseGateUrls(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** Whether a gate may ask it, of a worker that was started with these. */
function may(allowed: string, text: string, base?: string): boolean {
  const url = readUrl(text, base === undefined ? undefined : new URL(base));
  return url.ok && isAllowed(urlsOf(allowed), url.value);
}

describe("what --gate-urls lets through", () => {
  it.each([
    ["http://allowed", "http://allowed"],
    ["http://allowed", "http://allowed/any/path?q=1"],
    ["http://allowed", "http://allowed:80/"],
    ["http://allowed:80", "http://allowed/"],
    ["https://allowed", "https://allowed:443/a"],
    ["http://ALLOWED/", "HTTP://Allowed/"],
    ["http://allowed:9090", "http://allowed:9090/api/v1/query?query=up"],
    ["http://allowed/a", "http://allowed/a"],
    ["http://allowed/a", "http://allowed/a/b"],
    ["http://allowed/a", "http://allowed/x/../a/b"],
    ["http://allowed/a/", "http://allowed/a/b"],
    ["http://allowed/a?", "http://allowed/a?x"],
    ["http://[::1]:9090", "http://[0:0:0:0:0:0:0:1]:9090/x"],
    ["http://127.0.0.1", "http://127.1/"],
    ["http://bücher.example", "http://xn--bcher-kva.example/"],
    ["http://other,http://allowed", "http://allowed/"],
    ["http://allowed/m%C3%A9", "http://allowed/mé/x"],
  ])("%s: %s", (allowed, asked) => {
    expect(may(allowed, asked)).toBe(true);
  });

  it.each([
    // Another host behind the same beginning.
    ["http://allowed", "http://allowed@other/"],
    ["http://allowed", "http://allowed:80@other/"],
    ["http://allowed", "http://allowed.evil/"],
    ["http://allowed", "http://allowed-evil/"],
    ["http://allowed", "http://allowed./"],
    ["http://allowed", "http://evil/http://allowed"],
    ["http://allowed", "http://evil#@allowed/"],
    ["http://allowed", "http://evil?@allowed/"],
    ["http://allowed", "http://evil\\@allowed/"],
    ["http://allowed", "http:\\\\allowed/"],
    ["http://allowed", "http://allow\ted/"],
    ["http://allowed", "http://allowed\n/"],
    ["http://allowed", " http://allowed/"],
    ["http://allowed", "http://allowed/\r\nHost: evil"],
    ["http://allowed", "http://allowed\u0000.evil/"],
    // A user, which some read as the host.
    ["http://allowed", "http://user@allowed/"],
    ["http://allowed", "http://user:password@allowed/"],
    ["http://allowed", "http://:password@allowed/"],
    // Another port or scheme.
    ["http://allowed", "http://allowed:8080/"],
    ["http://allowed:9090", "http://allowed/"],
    ["http://allowed:9090", "http://allowed:90900/"],
    ["http://allowed", "https://allowed/"],
    ["https://allowed", "http://allowed/"],
    ["https://allowed", "http://allowed:443/"],
    ["http://allowed", "ftp://allowed/"],
    ["http://allowed", "file:///etc/passwd"],
    ["http://allowed", "ws://allowed/"],
    ["http://allowed", "javascript:alert(1)"],
    ["http://allowed", "//allowed/"],
    ["http://allowed", "allowed/"],
    ["http://allowed", "http:allowed/"],
    ["http://allowed", "http:///allowed/"],
    ["http://allowed", "http://"],
    ["http://allowed", ""],
    // The same box by another name.
    ["http://127.0.0.1", "http://[::ffff:127.0.0.1]/"],
    ["http://127.0.0.1", "http://[::1]/"],
    ["http://127.0.0.1", "http://localhost/"],
    ["http://127.0.0.1", "http://127.0.0.2/"],
    ["http://[::1]", "http://[::1%25lo]/"],
    // Beside the path.
    ["http://allowed/a", "http://allowed/"],
    ["http://allowed/a", "http://allowed/ab"],
    ["http://allowed/a", "http://allowed/A"],
    ["http://allowed/a", "http://allowed//a"],
    ["http://allowed/a/", "http://allowed/a"],
    ["http://allowed/a", "http://allowed/a/../b"],
    ["http://allowed/a", "http://allowed/a/%2e%2e/b"],
    ["http://allowed/a", "http://allowed/a/%2E./b"],
    ["http://allowed/a", "http://allowed/a/..%2fb"],
    ["http://allowed/a", "http://allowed/a%2f..%2fb"],
    ["http://allowed/a", "http://allowed/a/%252e%252e/b"],
    ["http://allowed/a", "http://allowed/a/..;/b"],
    ["http://allowed/a", "http://allowed/a/.;x/b"],
    ["http://allowed/a", "http://allowed/a/..%3b/b"],
    ["http://allowed/a", "http://allowed/a/..%5cb"],
    ["http://allowed/a", "http://allowed/a\\..\\b"],
    ["http://allowed/a", "http://allowed/a/%00"],
    ["http://allowed/a", "http://allowed/a/%0d%0ax"],
    ["http://allowed/a", "http://allowed/a/%zz"],
    ["http://allowed/a", "http://allowed/a/%ff"],
  ])("%s: not %s", (allowed, asked) => {
    expect(may(allowed, asked)).toBe(false);
  });

  it("is asked of a redirect by the address that it leads to from where it stands", () => {
    const from = "http://allowed/a/x";
    for (const to of ["/a/y", "y", "?q", "//allowed/a/y", "http:y"])
      expect(may("http://allowed/a", to, from), to).toBe(true);
    for (const to of [
      "/b",
      "..",
      "../b",
      "//evil/a",
      "https://allowed/a",
      "http://evil/a",
      "/a/%2e%2e/b",
      "\\\\evil/a",
    ])
      expect(may("http://allowed/a", to, from), to).toBe(false);
  });
});

describe("an option that cannot be meant", () => {
  it.each([
    ["", "is no address"],
    ["prometheus:9090", "is no address"],
    ["ftp://a", "is no address"],
    ["http://a,", "is no address"],
    ["http://a:99999", "is no address"],
    ["http://[::1", "is no address"],
    ["http://a b", "holds a space"],
    ["http://a\\b", "holds a space, a control character or a backslash"],
    ["http://user@a", "holds a user or a password"],
    ["http://a/%2e%2e%2f", "holds an encoded slash"],
    ["http://a/b?c=d", "has a query"],
    ["http://a/#b", "has a query or a fragment"],
    ["*", "is no address"],
  ])("%s", (text, problem) => {
    const parsed = parseGateUrls(text);
    expect(parsed).toMatchObject({ ok: false, error: expect.stringContaining(problem) as string });
  });
});

it("says what can be read on its way", () => {
  const readable = (text: string) => isReadable(new URL(text));
  expect(
    [
      "http://prometheus",
      "http://10.0.0.1",
      "http://127.evil",
      "http://[::2]",
      "http://localhost.evil",
    ].every(readable),
  ).toBe(true);
  expect(
    ["https://prometheus", "http://localhost", "http://127.0.0.9:9090", "http://[::1]"].some(readable),
  ).toBe(false);
});

it("shows an address without its query, and not without end", () => {
  expect(shownUrl(new URL("http://a/b?token=x#y"))).toBe("http://a/b");
  expect(shownUrl(new URL(`http://a/${"b".repeat(4000)}`)).length).toBeLessThan(250);
});
