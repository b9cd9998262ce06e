import { fail, defined, succeed, type Result, type TransportName } from "@roadrunner/core";
import { ConfigFiles, formatConfigProblems } from "./config/config-files.ts";
import type { ConfigFile, ConfigLine } from "./config/config-line.ts";
import { Connector, type Way } from "./wire/connector.ts";
import { startDeadline, type Deadline } from "./wire/deadline.ts";
import { HostLease } from "./pool/host-lease.ts";
import type { HostSettings } from "./config/host-settings.ts";
import { routeTo, type HostRoute } from "./wire/jump-route.ts";
import type {
  Carrier,
  HostDoor,
  HostTarget,
  Lease,
  Transport,
  TransportProblem,
  TransportStats,
} from "../transport/transport.ts";
import type { SshLogger, SshOptions } from "./config/options.ts";
import type { HostConnection } from "./wire/host-connection.ts";
import { KnownHostsStore } from "./known-hosts/known-hosts-store.ts";
import { Credentials, doorOf } from "./login/credentials.ts";
import { Openings } from "./wire/openings.ts";
import { CertCommand } from "./openssh/cert-command.ts";
import { Needs } from "./openssh/needs.ts";
import { ToldHosts } from "./openssh/told-hosts.ts";
import { LocalConnection } from "./local/local-connection.ts";
import { localLogin } from "./local/local-login.ts";
import { isThisBox, ownAddresses } from "./local/this-box.ts";
import { OpensshConnector } from "./openssh/openssh-connector.ts";
import { Pool } from "./pool/pool.ts";
import { problem } from "../transport/problem.ts";
import { settingsFor, type Destination } from "./config/settings-for.ts";
import { localBox } from "./config/local-box.ts";

export type { SshLogger, SshOptions } from "./config/options.ts";

const DEFAULT_KEEP_ALIVE_MS = 60_000;
const DEFAULT_MAX_CONNECTIONS = 2000;
const DEFAULT_CHANNELS = 5;
/** Resolved hosts that are remembered; more than a worker talks to within minutes. */
const MAX_REMEMBERED = 20_000;

const SILENT: SshLogger = { debug: () => {}, info: () => {}, warn: () => {} };

/**
 * Connections to hosts as an operator's OpenSSH makes them, kept and shared.
 *
 *     const hosts = createSshHosts({ strictHostKeyChecking: "accept-new" });
 *     const lease = await hosts.connect({ host: "db1", connectTimeoutMs: 15_000 });
 *     if (lease.ok) {
 *       const channel = await lease.value.exec("uptime");
 *       …
 *       lease.value.release();
 *     }
 *     await hosts.close();
 */
export function createSshHosts(options: SshOptions = {}): Transport {
  return new Hosts(options);
}

class Hosts implements Transport {
  readonly #options: SshOptions;
  readonly #logger: SshLogger;
  readonly #box = localBox();
  readonly #configFiles: ConfigFiles;
  readonly #connector: Connector;
  readonly #openings = new Openings();
  readonly #transport: TransportName;
  readonly #needs: Needs;
  readonly #certCommand: CertCommand | undefined;
  readonly #toldHosts = new ToldHosts((reason, hosts) =>
    this.#logger.info(`${hosts}: reached by the box's own ssh, for ${reason}`),
  );
  readonly #openssh: OpensshConnector;
  readonly #pool: Pool;
  /** What the files of `#config` say about destinations asked for. */
  #remembered = new Map<string, Result<HostRoute, TransportProblem>>();
  #config: readonly ConfigFile[] = [];
  readonly #told = new Set<string>();
  #leases = 0;

  constructor(options: SshOptions) {
    this.#options = options;
    this.#logger = options.logger ?? SILENT;
    this.#configFiles = new ConfigFiles({
      home: this.#box.home,
      uid: this.#box.uid,
      ...defined({ paths: options.sshConfigFiles }),
    });
    const known = new KnownHostsStore();
    const credentials = new Credentials(options, this.#box.uid);
    this.#connector = new Connector({
      options,
      known,
      credentials,
      box: this.#box,
      logger: this.#logger,
      through: (jump, settings, deadline) => this.#through(jump, settings, deadline),
    });
    this.#openssh = new OpensshConnector({
      options,
      known,
      credentials,
      box: this.#box,
      logger: this.#logger,
      configFiles: () => this.#configFiles.read(performance.now()),
    });
    const { certCommand } = options;
    if (certCommand !== undefined)
      this.#certCommand = new CertCommand({ command: certCommand, logger: this.#logger });
    this.#transport = options.transport ?? "builtin";
    if (certCommand !== undefined && !["auto", "openssh"].includes(this.#transport))
      this.#logger.warn(
        `--cert-command is run for hosts alone whose inventory names transport auto or openssh: by ${this.#transport} no certificate is shown`,
      );
    this.#needs = new Needs(known, credentials, this.#box);
    this.#pool = new Pool({
      keepAliveMs: options.keepAliveMs ?? DEFAULT_KEEP_ALIVE_MS,
      maxConnections: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
      connectionChannels: options.connectionChannels ?? DEFAULT_CHANNELS,
      open: (route, deadline) => this.#open(route, deadline),
    });
    if (options.strictHostKeyChecking === "no")
      this.#logger.warn(
        "host keys are not checked (--strict-host-key-checking no): anybody between here and a host can read and change what is run there",
      );
  }

  async connect(target: HostTarget, signal?: AbortSignal): Promise<Result<Lease, TransportProblem>> {
    const startedAt = performance.now();
    const found = this.#route(target);
    if (!found.ok) return found;
    const route: HostRoute = target.freshLogin === true ? { ...found.value, isOwn: true } : found.value;
    const acquire = (deadline: Deadline) => this.#pool.acquire(route, "session", deadline);
    const permit = await acquire(startDeadline(target.connectTimeoutMs, signal));
    if (!permit.ok) return permit;
    this.#leases += 1;
    return succeed(
      new HostLease({
        permit: permit.value,
        connectMs: permit.value.wasKept ? 0 : Math.round(performance.now() - startedAt),
        connectTimeoutMs: target.connectTimeoutMs,
        acquire,
        onEnd: () => {
          this.#leases -= 1;
        },
      }),
    );
  }

  doorOf({ host, address, user, transport }: HostTarget): HostDoor | undefined {
    const route = this.#route({ host, ...defined({ address, user, transport }) });
    if (!route.ok) return undefined;
    const { settings } = route.value;
    const { user: own, port } = settings;
    if ((transport ?? this.#transport) !== "local") return { user: own, port };
    const { hostname } = this.#box;
    const isOther = !isThisBox(address ?? host, { hostname, addresses: ownAddresses() });
    return { user: own, port, isLocal: true, ...(isOther ? { thisBox: hostname } : {}) };
  }

  stats(): TransportStats {
    const { connections, carriers } = this.#pool;
    return { connections, leases: this.#leases, carriers };
  }

  async close(): Promise<void> {
    this.#toldHosts.flush();
    this.#certCommand?.close();
    await this.#pool.close();
    this.#openssh.close();
  }

  async #open(route: HostRoute, deadline: Deadline): Promise<Result<HostConnection, TransportProblem>> {
    const uncertified = await this.#renewed(route, deadline);
    if (uncertified !== undefined) return fail(uncertified);
    const carrier = await this.#carrierOf(route);
    if (carrier === "local") return succeed(new LocalConnection(localLogin(this.#box)));
    const connector = carrier === "openssh" ? this.#openssh : this.#connector;
    return this.#openings.judge(doorOf(route.settings), deadline, (shown) =>
      connector.connect(route, deadline, shown),
    );
  }

  /** ssh2 shows no certificates, and the worker's own box asks for none. */
  async #renewed(
    { settings, transport = this.#transport }: HostRoute,
    deadline: Deadline,
  ): Promise<TransportProblem | undefined> {
    if (transport === "builtin" || transport === "local") return undefined;
    return this.#certCommand?.ensure(settings.login, deadline);
  }

  async #carrierOf({ settings, transport = this.#transport }: HostRoute): Promise<Carrier> {
    if (transport !== "auto") return transport;
    const why = await this.#needs.of(settings);
    if (why === undefined) return "builtin";
    this.#toldHosts.note(why, settings.host);
    return "openssh";
  }

  #route(to: HostTargetName): Result<HostRoute, TransportProblem> {
    if ((to.transport ?? this.#transport) === "local") return this.#localRoute(to);
    const files = this.#configFiles.read(performance.now());
    if (files !== this.#config || this.#remembered.size > MAX_REMEMBERED) this.#remembered = new Map();
    this.#config = files;
    const { host, address, port, user, transport } = to;
    const key = JSON.stringify([host, address, port, user, transport]);
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const asked = { host, ...defined({ address, port, user }) };
    const found = routeTo(asked, (hop) => this.#resolve(hop, files, transport ?? this.#transport));
    const route = found.ok && transport !== undefined ? succeed({ ...found.value, transport }) : found;
    this.#remembered.set(key, route);
    return route;
  }

  /** ssh_config is about other boxes. */
  #localRoute({ host, user, transport }: HostTargetName): Result<HostRoute, TransportProblem> {
    const own = this.#box.user;
    if (user !== undefined && user !== own)
      return fail(
        problem(
          "config",
          `${host}: transport local begins as this worker's own user, ${own}, and not as ${user}: use become`,
        ),
      );
    const resolved = settingsFor({ host }, [], this.#options, this.#box);
    if (!resolved.ok) return fail(problem("config", `${host}: ${formatConfigProblems(resolved.error)}`));
    return succeed({ asked: { host }, settings: resolved.value.settings, ...defined({ transport }) });
  }

  #resolve(
    to: Destination,
    files: readonly ConfigFile[],
    transport: TransportName,
  ): Result<HostSettings, TransportProblem> {
    let resolved = settingsFor(to, files, this.#options, this.#box);
    // What ssh2 cannot do is no fault where the box's own ssh connects.
    if (
      !resolved.ok &&
      transport !== "builtin" &&
      resolved.error.every(({ beyondUs }) => beyondUs !== undefined)
    )
      resolved = settingsFor(to, files, this.#options, this.#box, resolved.error);
    if (!resolved.ok) {
      const broken = resolved.error.some(({ line }) => line === 0);
      const passing = resolved.error.filter(({ passes }) => passes === true);
      if (passing.length > 0) return fail(problem("local", `${to.host}: ${formatConfigProblems(passing)}`));
      return fail(
        problem("config", `${to.host}: ssh_config: ${formatConfigProblems(resolved.error)}`, {
          ...(broken ? { blame: "worker" as const } : {}),
        }),
      );
    }
    const { settings, told } = resolved.value;
    // The box's own ssh honours them all.
    const goesByOpenssh = transport === "openssh" || (transport === "auto" && settings.beyondUs.length > 0);
    if (!goesByOpenssh) for (const line of told) this.#tell(line);
    return succeed(settings);
  }

  #tell({ keyword, file, line }: ConfigLine): void {
    if (this.#told.has(keyword)) return;
    this.#told.add(keyword);
    this.#logger.warn(`ssh_config: ${keyword} is not honoured (${file}:${line})`);
  }

  async #through(
    jump: HostRoute,
    { hostname, port }: HostSettings,
    deadline: Deadline,
  ): Promise<Result<Way, TransportProblem>> {
    for (let attempt = 1; ; attempt += 1) {
      const permit = await this.#pool.acquire(jump, "forward", deadline);
      if (!permit.ok) return fail(throughJump(jump, permit.error));
      const { connection, release } = permit.value;
      const stream = await connection.forward(hostname, port, deadline.leftMs());
      if (stream.ok) {
        const done = () => {
          stream.value.destroy();
          release();
        };
        return succeed({ stream: stream.value, done });
      }
      release();
      // A kept connection may have been dead already.
      if (stream.error.kind !== "dead" || attempt === 2 || deadline.isOver())
        return fail(throughJump(jump, stream.error.problem));
    }
  }
}

type HostTargetName = Destination & Pick<HostTarget, "transport">;

function throughJump({ settings }: HostRoute, error: TransportProblem): TransportProblem {
  return { ...error, message: `through jump host ${settings.host}: ${error.message}` };
}
