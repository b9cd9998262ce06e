import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as tampering from "../support/gearman-faults.ts";
import type { PacketName } from "../support/gearman-packets.ts";
import { GearmanProxy, type Tampering } from "../support/gearman-proxy.ts";
import { startGearmand, type Gearmand } from "../support/gearmand.ts";
import { knownHosts } from "../support/sshd-config.ts";
import type { Sshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { Container } from "./container.ts";
import { FaultProxy } from "./fault-proxy.ts";
import type { LinkName, Tampered } from "./schedule.ts";
import { SitePage } from "./site-page.ts";

export interface FaultSiteOptions {
  readonly sshd: Sshd;
  readonly hosts: readonly string[];
  /** So many of the hosts, the first ones, are containers. */
  readonly containers: number;
  readonly workers: number;
  readonly concurrency: number;
  /** Workers take what an operator has signed alone. */
  readonly signed: boolean;
}

/** The real parts of a site but its workers, with a proxy or two on each link between them. */
export interface Parts {
  readonly temp: TempDir;
  readonly gearmand: Gearmand;
  readonly links: ReadonlyMap<LinkName, FaultProxy>;
  /** Behind the links to gearmand: what is done there is done to packets. */
  readonly servers: ReadonlyMap<LinkName, GearmanProxy>;
  readonly containers: readonly Container[];
  /** What gates ask about. */
  readonly page: SitePage;
}

export async function startParts({
  sshd,
  hosts,
  containers: count,
  workers,
}: FaultSiteOptions): Promise<Parts> {
  const temp = makeTempDir("faults");
  const gearmand = await startGearmand();
  const links = new Map<LinkName, FaultProxy>();
  const servers = new Map<LinkName, GearmanProxy>();
  const names = Array.from({ length: workers }, (_, index) => `worker${index}` as const);
  for (const name of [...names, "submit" as const]) {
    const server = await GearmanProxy.start(gearmand);
    servers.set(name, server);
    links.set(name, await FaultProxy.start(server.port));
  }
  const recordDir = recordDirIn(temp.path);
  mkdirSync(dirname(recordDir));
  const containers = await Promise.all(
    hosts.slice(0, count).map((host) => {
      const dir = join(temp.path, "containers", host);
      return Container.start({ sshd, address: sshd.address(host), dir, recordDir });
    }),
  );
  const ports = new Map(containers.map(({ address, port }) => [address, port]));
  const ssh = await FaultProxy.start((address) => ports.get(address) ?? sshd.port);
  links.set("ssh", ssh);
  writeSshFiles(temp.path, { sshd, hosts, port: ssh.port });
  return { temp, gearmand, links, servers, containers, page: await SitePage.start() };
}

/** The folder above is what a container has of its own. */
export function recordDirIn(dir: string): string {
  return join(dir, "above-records", "records");
}

/** What a GearmanProxy is to do. */
export function tamperingFor(how: Tampered, every: number): Tampering {
  const [what = "", name = ""] = how.split(" ");
  if (what === "cutEvery") return tampering.cutEvery(every);
  if (what === "swap") return tampering.swap(name as PacketName);
  const kinds = { drop: tampering.drop, double: tampering.double, cutAt: tampering.cutAt } as const;
  return kinds[what as keyof typeof kinds](name as PacketName, every);
}

/**
 * As sshd's own, but by way of a proxy: `ssh_config` and `known_hosts` in `dir`.
 * @param to.port the proxy's
 */
export function writeSshFiles(
  dir: string,
  { sshd, hosts, port }: Pick<FaultSiteOptions, "sshd" | "hosts"> & { readonly port: number },
): void {
  const key = readFileSync(join(sshd.dir, "host_key.pub"), "utf8");
  const names = new Map(hosts.map((host) => [host, sshd.address(host)]));
  writeFileSync(join(dir, "known_hosts"), knownHosts(key, port, names));
  const config = readFileSync(sshd.sshConfigFile, "utf8")
    .replace(/^( *Port) \d+$/m, `$1 ${port}`)
    .replace(sshd.knownHostsFile, join(dir, "known_hosts"));
  writeFileSync(join(dir, "ssh_config"), config);
}
