import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { serverFault } from "../../src/login/server-names.ts";

function certificateOf(names: string): X509Certificate {
  const made = execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", "/dev/null", "-subj", "/CN=common.example.com", "-addext", `subjectAltName=${names}`],
    ],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  return new X509Certificate(made);
}

describe("a login is for this coordinator", () => {
  const at = { addresses: [{ host: "0.0.0.0", port: 4780 }], publicAddresses: [] };
  const loopback = { ...at, addresses: [{ host: "127.0.0.1", port: 4780 }] };

  it("under the names of its certificate, with its port", () => {
    const certificate = certificateOf("DNS:rr.example.com,DNS:*.wild.example.com,IP:10.0.0.5,IP:fd00::5");
    const fault = (server: string) => serverFault({ ...at, certificate }, server);
    for (const own of ["rr.example.com:4780", "RR.example.com:4780", "10.0.0.5:4780", "[fd00:0::0:5]:4780"])
      expect(fault(own), own).toBeUndefined();
    for (const other of [
      "rr.example.com",
      "rr.example.com:4781",
      "evil.example.com:4780",
      "common.example.com:4780",
      // Any box below that domain may have such a certificate.
      "rr.wild.example.com:4780",
      "10.0.0.6:4780",
      "localhost:4780",
      "rr.example.com:4780@evil",
      "",
    ])
      expect(fault(other), other).toMatch(/this coordinator is not known by that name/);
  });

  it("without TLS under the names of this box alone", () => {
    const fault = (server: string) => serverFault(loopback, server);
    for (const own of ["127.0.0.1:4780", "[::1]:4780", "localhost:4780"]) expect(fault(own)).toBeUndefined();
    for (const other of ["127.0.0.1:4781", "rr.example.com:4780"])
      expect(fault(other)).toMatch("not known by that name");
  });

  it("under the addresses that it was told", () => {
    const publicAddresses = [{ host: "rr.example.com", port: 443 }];
    const fault = (server: string) => serverFault({ ...loopback, publicAddresses }, server);
    expect(fault("rr.example.com:443")).toBeUndefined();
    expect(fault("rr.example.com:4780")).toMatch(/\(--public-address rr\.example\.com:443\)/);
  });
});
