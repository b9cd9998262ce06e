import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { startChild, type ChildProgram } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { findProgram } from "../support/programs.ts";
import { until } from "../support/until.ts";

/** A Kerberos realm of a test's own, on loopback, with the principal root and one for each host. */
export interface Realm {
  /** For whoever asks it for tickets, and keeps them. */
  readonly clientEnv: Readonly<Record<string, string>>;
  /** For the sshd of the hosts. */
  readonly serverEnv: Readonly<Record<string, string>>;
  /** A ticket for root, of so many seconds. */
  ticket(seconds: number): void;
  hasTicket(): boolean;
  forget(): void;
  stop(): Promise<void>;
}

const PASSWORD = "open sesame";

export async function startRealm(dir: string, hosts: readonly string[]): Promise<Realm> {
  const port = await findFreePort("127.0.0.1");
  const path = (name: string) => join(dir, name);
  writeFileSync(
    path("krb5.conf"),
    `[libdefaults]
default_realm = RR.TEST
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
clockskew = 1
[realms]
RR.TEST = {
kdc = 127.0.0.1:${port}
}
[domain_realm]
${hosts.map((host) => `${host} = RR.TEST\n`).join("")}`,
  );
  writeFileSync(
    path("kdc.conf"),
    `[kdcdefaults]
kdc_listen = 127.0.0.1:${port}
kdc_tcp_listen = 127.0.0.1:${port}
[realms]
RR.TEST = {
database_name = ${path("principal")}
key_stash_file = ${path("stash")}
acl_file = ${path("acl")}
}
`,
  );
  const clientEnv = { KRB5_CONFIG: path("krb5.conf"), KRB5CCNAME: `FILE:${path("tickets")}` };
  const serverEnv = { KRB5_CONFIG: path("krb5.conf"), KRB5_KTNAME: `FILE:${path("keytab")}` };
  const env = { ...process.env, ...clientEnv, KRB5_KDC_PROFILE: path("kdc.conf") };
  const run = (program: string, args: readonly string[], input = "") =>
    execFileSync(findProgram(program), args, { env, input, stdio: ["pipe", "pipe", "pipe"] });
  run("kdb5_util", ["create", "-s", "-r", "RR.TEST", "-P", "master"]);
  const asked = [
    `addprinc -pw "${PASSWORD}" root`,
    ...hosts.flatMap((host) => [`addprinc -randkey host/${host}`, `ktadd -k ${path("keytab")} host/${host}`]),
  ];
  run("kadmin.local", [], `${asked.join("\n")}\n`);
  const child: ChildProgram = startChild(findProgram("krb5kdc"), ["-n"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      KRB5_CONFIG: env.KRB5_CONFIG,
      KRB5_KDC_PROFILE: env.KRB5_KDC_PROFILE,
    },
  });
  await until("krb5kdc to listen", () => {
    if (!child.running) throw new Error(`krb5kdc ended: ${child.output()}`);
    return listens(port);
  });
  return {
    clientEnv,
    serverEnv,
    ticket: (seconds) => void run("kinit", ["-l", `${seconds}s`, "root"], `${PASSWORD}\n`),
    hasTicket: () => {
      try {
        run("klist", ["-s"]);
        return true;
      } catch {
        return false;
      }
    },
    forget: () => rmSync(path("tickets"), { force: true }),
    async stop() {
      await child.kill();
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
