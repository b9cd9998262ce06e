import type { Duplex } from "node:stream";
import { fail, defined, succeed, type Result } from "@roadrunner/core";
import { Connection } from "./connection.ts";
import { aborted, type Deadline } from "./deadline.ts";
import { dial } from "./dial.ts";
import { Gate } from "../login/gate.ts";
import { Resolver } from "./resolver.ts";
import type { HandshakeEnd } from "../login/handshake-end.ts";
import { handshake } from "./handshake.ts";
import { offerOf, vouchingTypes } from "../known-hosts/host-key-algorithms.ts";
import { decideHostKey } from "../known-hosts/host-key-check.ts";
import type { HostSettings } from "../config/host-settings.ts";
import { addressOf, type HostRoute } from "./jump-route.ts";
import type { KnownHostsStore } from "../known-hosts/known-hosts-store.ts";
import type { WorkerPart, TransportProblem } from "../../transport/transport.ts";
import type { Credentials } from "../login/credentials.ts";
import { loginProblem } from "../login/login-message.ts";
import { LoginPlan, type LoginAttempt } from "../login/login-plan.ts";
import type { SshLogger, SshOptions } from "../config/options.ts";
import { problem, seconds } from "../../transport/problem.ts";
import { startProxyCommand } from "./proxy-command.ts";
import { shortRsaKey } from "../login/signing.ts";
import type { LocalBox } from "../config/tokens.ts";

/** A stream to a host's sshd. */
export interface Way {
  readonly stream: Duplex;
  /** To be called when it is not needed any more. */
  readonly done: () => void;
  /** Why it ended, where that is no doing of the host. */
  readonly failure?: () => Promise<TransportProblem | undefined>;
}

export interface ConnectorInput {
  readonly credentials: Credentials;
  readonly known: KnownHostsStore;
  readonly options: SshOptions;
  readonly box: LocalBox;
  readonly logger: SshLogger;
  /** A stream through a jump host. */
  readonly through: (
    jump: HostRoute,
    settings: HostSettings,
    deadline: Deadline,
  ) => Promise<Result<Way, TransportProblem>>;
}

/** Each costs some 5 ms of the processor; more at once would only make all of them late. */
const HANDSHAKES_AT_ONCE = 100;
/** Connections that one login may take, where the server ends each after a few keys. */
const MAX_LOGIN_ROUNDS = 5;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1000;
/** Where keep-alive is off, a channel is waited for this long all the same. */
const SILENT_BOUND_MS = 60_000;

/** Makes connections: route, handshake, host key and login, again where a server turns us away for a moment. */
export class Connector {
  readonly #input: ConnectorInput;
  readonly #gate = new Gate(HANDSHAKES_AT_ONCE);
  readonly #resolver = new Resolver();

  constructor(input: ConnectorInput) {
    this.#input = input;
  }

  /** @param shown is given what of this worker turns out to be in order */
  async connect(
    route: HostRoute,
    deadline: Deadline,
    shown: WorkerPart[],
  ): Promise<Result<Connection, TransportProblem>> {
    const { settings } = route;
    const where = addressOf(route);
    const identities = await this.#input.credentials.identities(settings);
    let open = identities.usable;
    const tried: LoginAttempt[] = [];
    const unsigned: string[] = [];
    let turnedAway = 0;
    for (let round = 1; ;) {
      const way = await this.#way(route, deadline);
      if (!way.ok) return fail(withHost(settings, way.error));
      const password = this.#input.credentials.password();
      const plan = new LoginPlan(settings.login.methods, open, password.value !== undefined);
      const end = await this.#handshake(settings, where, way.value, plan, password.value, deadline);
      this.#input.credentials.notePassword(settings, plan, end);
      if (end.kind === "ready") {
        this.#input.credentials.noteKey(settings, end.by);
        shown.push(...partsShown(route, end.by));
        return succeed(this.#connection(settings, where, way.value, end));
      }
      way.value.done();
      tried.push(...plan.tried);
      if (end.kind === "turnedAway") {
        const failure = await way.value.failure?.();
        if (failure !== undefined) return fail(withHost(settings, failure));
        turnedAway += 1;
        const pauseMs = pauseBefore(turnedAway);
        if (pauseMs >= deadline.leftMs()) return fail(withTries(end.problem, turnedAway, deadline));
        this.#input.logger.debug(`${end.problem.message}; trying again`);
        await deadline.pause(pauseMs);
        if (deadline.isAborted()) return fail(aborted());
        continue;
      }
      if (end.kind === "failed") return fail(end.problem);
      unsigned.push(...end.unsigned);
      open = plan.identitiesLeft;
      round += 1;
      if (end.ended !== undefined && open.length > 0 && round <= MAX_LOGIN_ROUNDS && !deadline.isOver())
        continue;
      return fail(
        loginProblem({
          where,
          user: settings.user,
          tried,
          taken: plan.taken,
          identities,
          unsigned,
          passedOver: plan.passedOver,
          accepted: plan.accepted,
          ...defined({ noPassword: password.why, passwordUnread: password.isUnread, lastWord: end.ended }),
        }),
      );
    }
  }

  #way({ settings, jump }: HostRoute, deadline: Deadline): Promise<Result<Way, TransportProblem>> {
    if (jump !== undefined) return this.#input.through(jump, settings, deadline);
    return settings.proxy.kind === "command"
      ? this.#proxyCommand(settings.proxy.command)
      : this.#dial(settings, deadline);
  }

  async #dial(settings: HostSettings, deadline: Deadline): Promise<Result<Way, TransportProblem>> {
    const socket = await dial(settings, this.#resolver, deadline);
    return socket.ok ? succeed({ stream: socket.value, done: () => socket.value.destroy() }) : socket;
  }

  async #proxyCommand(command: string): Promise<Result<Way, TransportProblem>> {
    const started = await startProxyCommand(command, this.#input.box.env["SHELL"] ?? "/bin/sh");
    if (!started.ok) return started;
    const { stream, failure } = started.value;
    return succeed({ stream, failure, done: () => void stream.destroy() });
  }

  #handshake(
    settings: HostSettings,
    where: string,
    way: Way,
    plan: LoginPlan,
    password: string | undefined,
    deadline: Deadline,
  ): Promise<HandshakeEnd> {
    const askedAt = performance.now();
    return this.#gate.run(() => {
      deadline.extendBy(performance.now() - askedAt);
      return handshake({
        stream: way.stream,
        where,
        user: settings.user,
        plan,
        password,
        algorithms: offerOf(vouchingTypes(this.#input.known.keysFor(settings.hostKey)), settings.algorithms),
        checkHostKey: (blob) => this.#checkHostKey(settings, where, blob, plan),
        aliveIntervalMs: settings.aliveIntervalMs,
        aliveCountMax: settings.aliveCountMax,
        deadline,
      });
    });
  }

  #checkHostKey(
    settings: HostSettings,
    where: string,
    blob: Buffer,
    plan: LoginPlan,
  ): TransportProblem | undefined {
    const { hostKey } = settings;
    const tooShort = shortRsaKey(blob, settings.algorithms?.requiredRsaBits);
    if (tooShort !== undefined) return problem("hostKey", `${where} shows ${tooShort}`);
    const decision = decideHostKey(where, blob, hostKey, this.#input.known.keysFor(hostKey));
    switch (decision.kind) {
      case "trusted":
        return undefined;
      case "unchecked":
        plan.withholdPassword();
        return undefined;
      case "refused":
        return decision.problem;
      case "new": {
        const failed = this.#input.known.accept(hostKey, blob);
        this.#input.logger.info(`${where}: new host key accepted`);
        if (failed !== undefined)
          this.#input.logger.warn(
            `the new host key of ${where} is remembered by this process alone: ${failed}`,
          );
        return undefined;
      }
    }
  }

  #connection(
    settings: HostSettings,
    where: string,
    way: Way,
    end: Extract<HandshakeEnd, { kind: "ready" }>,
  ): Connection {
    const { aliveIntervalMs, aliveCountMax } = settings;
    const connection = new Connection({
      client: end.client,
      stream: way.stream,
      server: end.server,
      where,
      user: settings.user,
      aliveBoundMs: aliveIntervalMs === 0 ? SILENT_BOUND_MS : aliveIntervalMs * (aliveCountMax + 1),
    });
    connection.onDead(way.done);
    return connection;
  }
}

/** What a host that was reached shows to be in order. */
function partsShown({ settings, jump }: HostRoute, by: LoginAttempt | undefined): WorkerPart[] {
  const shown: WorkerPart[] = ["login"];
  if (jump === undefined) shown.push(settings.proxy.kind === "command" ? "proxy" : "route");
  if (by?.method === "publickey" && by.identity.agentKey !== undefined) shown.push("agent");
  return shown;
}

function withHost(settings: HostSettings, error: TransportProblem): TransportProblem {
  return { ...error, message: `${settings.host}: ${error.message}` };
}

function withTries(error: TransportProblem, tries: number, deadline: Deadline): TransportProblem {
  return {
    ...error,
    message:
      `${error.message}, ${tries} times in ${seconds(deadline.totalMs)}: too many logins at once there ` +
      `(MaxStartups), a ban on this worker's address, or an sshd that fails`,
  };
}

/** Doubling, with jitter so that many workers do not come back together. */
function pauseBefore(attempt: number): number {
  return Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}
