import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeKeys, type Keys } from "../security/keys.ts";
import { Certificates, type Authority, type ServerCertificate } from "../support/certificates.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { runSubmit, startCoordinator, startSubmit, type SubmitResult } from "../support/processes.ts";
import { names, Site } from "../support/site.ts";
import { ownFolder } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

type Env = Readonly<Record<string, string>>;

export interface Serving {
  /** Default: the same one. */
  readonly certificate?: ServerCertificate;
  /** Name of another store than the first one's. */
  readonly store?: string;
}

/** A site, and one coordinator after another that is reached over TLS by whoever holds an allowed key. */
export class NetworkGround {
  readonly site: Site;
  readonly keys: Keys;
  readonly certificates: Certificates;
  readonly authority: Authority;
  readonly port: number;
  readonly home: TempDir;
  #certificate: ServerCertificate;
  #coordinator: ChildProgram | undefined;

  private constructor(site: Site, port: number) {
    this.site = site;
    this.port = port;
    this.keys = makeKeys();
    this.certificates = new Certificates();
    this.authority = this.certificates.authority("Site CA");
    this.#certificate = this.certificate();
    this.home = makeTempDir("network");
  }

  static async start(): Promise<NetworkGround> {
    const site = await Site.start({ hosts: names("h", 2), workers: 1 });
    const ground = new NetworkGround(site, await findFreePort());
    for (const name of ["ann", "bob", "eve", "coordinator"]) ground.keys.make(name);
    ground.allow("ann", "bob");
    const rules = [
      { principals: "bob", role: "view" },
      { principals: "ann,carol", role: "own" },
    ];
    writeFileSync(join(ground.keys.path, "roles.json"), JSON.stringify({ rules }));
    await ground.serve();
    return ground;
  }

  get address(): string {
    return `https://localhost:${this.port}`;
  }

  certificate(by = this.authority): ServerCertificate {
    return this.certificates.server(by, "DNS:localhost");
  }

  /** These keys may log in from now on, and the certificates of `ca`, where there is one. */
  allow(...names: readonly string[]): void {
    this.keys.allow("allowed", ...names);
  }

  key(name: string): string {
    return join(this.keys.path, name);
  }

  /** Starts one in the place of the one before. */
  async serve({ certificate = this.#certificate, store = "store" }: Serving = {}): Promise<void> {
    await this.#coordinator?.stop();
    this.#certificate = certificate;
    this.#coordinator = startCoordinator(
      [
        ...["--servers", this.site.gearmand.server, "--listen", `127.0.0.1:${this.port}`],
        ...["--tls-cert", certificate.certFile, "--tls-key", certificate.keyFile],
        ...["--allowed-signers", this.key("allowed"), "--roles", this.key("roles.json")],
        ...["--store", join(this.home.path, `${store}.db`), "--sign-key", this.key("coordinator")],
      ],
      { home: join(this.home.path, "coordinator") },
    );
    await this.#coordinator.waitFor("carrying runs");
  }

  /** Of an operator; each has a home of his own. */
  env(key: string | undefined): Env {
    return {
      ...{ RR_COORDINATOR: this.address, RR_COORDINATOR_CA: this.authority.file },
      ...(key === undefined ? {} : { RR_SIGN_KEY: this.key(key) }),
    };
  }

  homeOf(operator: string): string {
    return join(this.home.path, operator);
  }

  /** The one file in which an operator's login is kept. */
  loginFile(operator: string): string {
    return join(this.homeOf(operator), "state/roadrunner/logins", `localhost%3A${this.port}.json`);
  }

  token(operator: string): string {
    return (JSON.parse(readFileSync(this.loginFile(operator), "utf8")) as { token: string }).token;
  }

  run(operator: string, args: readonly string[], env: Env = this.env(operator)): Promise<SubmitResult> {
    return runSubmit(args, { home: this.homeOf(operator), env });
  }

  begin(operator: string, args: readonly string[], env: Env = this.env(operator)): ChildProgram {
    return startSubmit(args, { home: this.homeOf(operator), env });
  }

  /** A flow of one job on both hosts; each leaves a line in the file of the flow's name. */
  flow(name: string, command: string): string {
    const job = { name: "work", hosts: "h[1-2]", command: `${ownFolder}; echo x >> $d/${name}; ${command}` };
    return this.site.flow({ name, slots: [{ jobs: [job] }] }, `${name}.json`);
  }

  async stop(): Promise<void> {
    await this.#coordinator?.stop();
    await this.site.stop();
    this.certificates.remove();
    this.keys.remove();
    this.home.remove();
  }
}
