import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { parseCoordinator } from "@roadrunner/engine/address";
import { CoordinatorClient } from "../../src/coordinator/client.ts";
import { Destination } from "../../src/coordinator/connection/destination.ts";
import { isOfTls, tlsFault } from "../../src/coordinator/connection/tls-fault.ts";
import { Certificates } from "../../../../test/support/certificates.ts";
import { makeTempDir } from "../../../../test/support/temp-dir.ts";

const made = new Certificates();
const temp = makeTempDir("tls");
const site = made.authority("Site CA");
const other = made.authority("Other CA");
const good = made.server(site, "DNS:localhost,IP:127.0.0.1,IP:::1");
const servers: Server[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    const closed = once(server, "close");
    server.close();
    if ("closeAllConnections" in server)
      (server as unknown as ReturnType<typeof createHttpServer>).closeAllConnections();
    await closed;
  }
});
afterAll(() => {
  made.remove();
  temp.remove();
});

const health: RequestListener = (_, response) =>
  void response.end(
    JSON.stringify({ ok: true, coordinator: "c", version: "1", store: "sqlite", carried: 0, reasons: [] }),
  );

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function secure(options: ServerOptions, listener = health): Promise<number> {
  return listen(createServer(options, listener));
}

function client(text: string, caFile?: string): CoordinatorClient {
  const address = parseCoordinator(text);
  if (!address.ok) throw new Error(address.error);
  return new CoordinatorClient(new Destination(address.value, caFile), { answerMs: 5000 });
}

async function fault(text: string, caFile?: string): Promise<{ kind: string; lines: readonly string[] }> {
  const answer = await client(text, caFile).health();
  if (answer.ok) throw new Error("it was taken");
  expect(answer.error.refusal.code).toBe(3);
  return { kind: answer.error.kind, lines: answer.error.refusal.lines };
}

describe("a coordinator over TLS", () => {
  it.each(["localhost", "127.0.0.1"])("is asked as %s, by an authority that is named", async (host) => {
    const port = await secure(good);
    const asked = client(`https://${host}:${port}`, site.file);
    expect(await asked.health()).toMatchObject({ ok: true });
    expect(await asked.health()).toMatchObject({ ok: true });
  });

  it("is asked on one connection, and on a new one where that has ended", async () => {
    const server = createServer(good, health);
    let connections = 0;
    server.on("secureConnection", () => (connections += 1));
    const port = await listen(server);
    const asked = client(`https://localhost:${port}`, site.file);
    await asked.health();
    await asked.health();
    expect(connections).toBe(1);
    server.closeAllConnections();
    expect(await asked.health()).toMatchObject({ ok: true });
    expect(connections).toBe(2);
  });

  it("is not trusted where nobody known stands for it, whatever Node's environment says", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const port = await secure(good);
    const { kind, lines } = await fault(`https://localhost:${port}`);
    expect(kind).toBe("foreign");
    expect(lines[0]).toContain(
      `no coordinator that can be trusted is on https://localhost:${port}: its certificate is by no authority that is known here, it is issued by ${site.subject}`,
    );
    expect(lines[1]).toContain("--coordinator-ca FILE");
  });

  it("is not trusted by another authority than the one that is named", async () => {
    const port = await secure(good);
    const { lines } = await fault(`https://localhost:${port}`, other.file);
    expect(lines[0]).toContain(
      `by no authority of --coordinator-ca ${other.file}, it is issued by O=Example`,
    );
  });

  it("tells which names a certificate has that is for others", async () => {
    const port = await secure(made.server(site, "DNS:c.example.com,IP:10.0.0.7"));
    const { lines } = await fault(`https://localhost:${port}`, site.file);
    expect(lines[0]).toContain("its certificate is not for localhost; it is for c.example.com, 10.0.0.7");
    expect(lines[1]).toContain("give it one for localhost");
  });

  it("tells since when a certificate has expired", async () => {
    const port = await secure(made.server(site, "DNS:localhost", -1));
    const { lines } = await fault(`https://localhost:${port}`, site.file);
    expect(lines[0]).toMatch(/its certificate has expired, on \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    expect(lines[1]).toContain("is its clock right?");
  });

  it("is none where no TLS is spoken, and one without TLS is named as such", async () => {
    const port = await listen(createHttpServer(health));
    const { kind, lines } = await fault(`https://127.0.0.1:${port}`, site.file);
    expect(kind).toBe("foreign");
    expect(lines[0]).toContain("what listens there speaks no TLS");
    expect(lines[1]).toContain(`named as http://127.0.0.1:${port}`);
    expect(await client(`http://127.0.0.1:${port}`).health()).toMatchObject({ ok: true });
  });

  it("is named as such where TLS is spoken and none was expected", async () => {
    const { lines } = await fault(`http://127.0.0.1:${await secure(good)}`);
    expect(lines[0]).toContain("; one with TLS is named as https://");
  });

  it("may come back where the connection ends at once", async () => {
    const port = await listen(createTcpServer((socket) => socket.destroy()));
    const { kind, lines } = await fault(`https://localhost:${port}`, site.file);
    expect(kind).toBe("away");
    expect(lines[0]).toContain("it ends the connection before TLS has come about");
  });

  it("may come back where nobody listens, or no name leads", async () => {
    const port = await secure(good);
    await Promise.all(servers.splice(0).map(async (server) => once(server.close(), "close")));
    const refused = await fault(`https://127.0.0.1:${port}`, site.file);
    expect(refused.kind).toBe("away");
    expect(refused.lines[0]).toContain(`nobody listens on port ${port} there`);
    const unknown = await fault("https://no.such.host.invalid", site.file);
    expect(unknown.kind).toBe("away");
    expect(unknown.lines[0]).toMatch(/no host of the name|no name server tells/);
  });

  it("is not followed elsewhere", async () => {
    let asked = 0;
    const port = await secure(good, (_, response) => {
      asked += 1;
      response.writeHead(307, { location: "https://elsewhere.example/api" }).end();
    });
    const { kind, lines } = await fault(`https://localhost:${port}`, site.file);
    expect(kind).toBe("foreign");
    expect(lines[0]).toContain('it answers 307 and points elsewhere ("https://elsewhere.example/api")');
    expect(asked).toBe(1);
  });
});

describe("a file of authorities", () => {
  it.each([
    ["none", undefined, /none cannot be read: there is no such file/],
    ["empty", "", /empty holds no certificate; it must be PEM/],
    ["key", good.key, /key holds no certificate/],
    ["damaged", `${good.cert}${good.cert.replaceAll(/\nM/g, "\nA")}`, /its certificate 2 of 2 is damaged/],
  ])("is refused before anything is asked: %s", async (name, text, why) => {
    const path = join(temp.path, name);
    if (text !== undefined) writeFileSync(path, text);
    const answer = await client("https://localhost:1", path).health();
    expect(answer).toMatchObject({ ok: false, error: { kind: "problem", refusal: { code: 2 } } });
    expect(!answer.ok && answer.error.refusal.lines[0]).toMatch(why);
  });
});

describe("what TLS fails by", () => {
  const to = { host: "c.example.com", port: 4780, isLoopback: false, caFile: undefined };
  const failed = (code: string) => ({ code, message: "words of OpenSSL" });
  const told = (code: string) => tlsFault(to, failed(code), undefined, 0);

  it.each([
    ["CERT_NOT_YET_VALID", /not valid yet$/, /1970-01-01 00:00 UTC; is its clock right/],
    ["CERT_REVOKED", /is not taken: words of OpenSSL/, /another one/],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", /tlsv1 alert protocol version/, /TLS 1\.2 and 1\.3/],
    ["ERR_SSL_WRONG_VERSION_NUMBER", /speaks no TLS/, /listens with --tls-cert and --tls-key/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", /names no host at all/, /subjectAltName/],
  ])("is told in words: %s", (code, why, cure) => {
    expect(isOfTls(failed(code))).toBe(true);
    expect(told(code).why).toMatch(why);
    expect(told(code).cure).toMatch(cure);
  });

  it("is nothing that happens to any connection", () => {
    for (const code of ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", ""])
      expect(isOfTls(failed(code))).toBe(false);
  });
});
