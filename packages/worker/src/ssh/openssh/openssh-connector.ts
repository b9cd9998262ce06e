import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { defined, fail, succeed, type Result } from "@roadrunner/core";
import type { TransportProblem, WorkerPart } from "../../transport/transport.ts";
import { problem, seconds } from "../../transport/problem.ts";
import type { ConfigFile } from "../config/config-line.ts";
import type { HostSettings } from "../config/host-settings.ts";
import type { SshLogger, SshOptions } from "../config/options.ts";
import type { LocalBox } from "../config/tokens.ts";
import { unreadKnownHosts } from "../known-hosts/host-key-check.ts";
import type { KnownHostsStore } from "../known-hosts/known-hosts-store.ts";
import type { Credentials } from "../login/credentials.ts";
import { Gate } from "../login/gate.ts";
import { aborted, type Deadline } from "../wire/deadline.ts";
import { startProgram } from "../wire/start-program.ts";
import { addressOf, type HostRoute } from "../wire/jump-route.ts";
import type { HostConnection } from "../wire/host-connection.ts";
import { askpass } from "./askpass.ts";
import { asksNobody, clientConfig } from "./client-config.ts";
import { ControlFolder, type ControlFiles } from "./control-folder.ts";
import { endGuarded, guarded } from "./guard.ts";
import { lateProblem } from "./late-problem.ts";
import { Master } from "./master.ts";
import { MasterLog, type Door, type SessionWord } from "./master-log.ts";
import { masterFailure, type MasterFailure } from "./master-problem.ts";
import { hostKeyAliasFor } from "./host-key-alias.ts";
import { ownNotes } from "./own-notes.ts";
import { masterWords, type SshDestination } from "./ssh-words.ts";

export interface OpensshInput {
  readonly credentials: Credentials;
  readonly known: KnownHostsStore;
  readonly options: SshOptions;
  readonly box: LocalBox;
  readonly logger: SshLogger;
  readonly configFiles: () => readonly ConfigFile[];
}

/** Each is a process that computes a key exchange; more at once would only make all of them late. */
const LOGINS_AT_ONCE = 20;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1000;

/** Makes connections by the box's own ssh. */
export class OpensshConnector {
  readonly #input: OpensshInput;
  readonly #gate = new Gate(LOGINS_AT_ONCE);
  #folder: ControlFolder | undefined;

  constructor(input: OpensshInput) {
    this.#input = input;
  }

  /** @param shown is given what of this worker turns out to be in order */
  async connect(
    route: HostRoute,
    deadline: Deadline,
    shown: WorkerPart[],
  ): Promise<Result<HostConnection, TransportProblem>> {
    let turnedAway: TransportProblem | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const askedAt = performance.now();
      const tried = await this.#gate.run(() => {
        deadline.extendBy(performance.now() - askedAt);
        return this.#try(route, deadline, shown);
      });
      if (tried.kind === "connected") return succeed(tried.connection);
      if (tried.kind === "failed")
        return fail(
          turnedAway === undefined || tried.problem.reason !== "timeout"
            ? tried.problem
            : withTries(turnedAway, attempt - 1, deadline),
        );
      turnedAway = tried.problem;
      const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
      if (pauseMs >= deadline.leftMs()) return fail(withTries(tried.problem, attempt, deadline));
      this.#input.logger.debug(`${tried.problem.message}; trying again`);
      await deadline.pause(pauseMs);
      if (deadline.isAborted()) return fail(aborted());
    }
  }

  /** Once all connections are closed. */
  close(): void {
    this.#folder?.remove();
    this.#folder = undefined;
  }

  async #try(route: HostRoute, deadline: Deadline, shown: WorkerPart[]): Promise<Tried> {
    if (deadline.isAborted()) return failed(aborted());
    const folder = this.#ownFolder();
    if (!folder.ok) return failed(folder.error);
    const named = await folder.value.next();
    if (!named.ok) return failed(named.error);
    const files = named.value;
    const { configFile } = folder.value;
    const { settings, asked } = route;
    const where = addressOf(route);
    const password = this.#input.credentials.password();
    const env = this.#env(folder.value, password.value !== undefined);
    if (!env.ok) return failed(env.error);
    const hostKeyAlias = hostKeyAliasFor(asked, settings.hostKey, this.#input.known);
    const to: SshDestination = { ...asked, ...defined({ hostKeyAlias }) };
    const [program, args] = guarded(
      files.pidFile,
      masterWords(to, { configFile, ...files }, password.value !== undefined),
    );
    // Its own session: a Ctrl-C at the worker's terminal must not cut commands that are to be finished.
    const started = await startProgram(`cannot start ssh for ${where}`, () =>
      spawn(program, args, { detached: true, stdio: ["ignore", "ignore", "pipe"], env: env.value }),
    );
    if (!started.ok) return failed(started.error);
    const child = started.value;
    let onSession: (word: SessionWord) => void = () => {};
    const log = new MasterLog((word) => onSession(word));
    const end = await logIn(child, log, files, deadline);
    const gavePassword = password.value !== undefined && log.lines.some((line) => ASKED_PASSWORD.test(line));
    if (end.kind === "ready") {
      const other = otherDoor(where, log.door, settings);
      if (other !== undefined) {
        endGuarded(child, "SIGKILL");
        return failed(other);
      }
      if (gavePassword) this.#input.credentials.notePasswordEnd(settings.hostname, true);
      shown.push(...partsShown(route, log.lines));
      log.ready();
      const master = new Master({
        child,
        log,
        files,
        configFile,
        to,
        where,
        user: settings.user,
        env: env.value,
      });
      onSession = (word) => master.hear(word);
      return { kind: "connected", connection: master };
    }
    endGuarded(child, "SIGKILL");
    for (const path of [files.pidFile, files.socket]) rmSync(path, { force: true });
    if (end.kind === "aborted") return failed(aborted());
    if (end.kind === "late") return failed(lateProblem(where, log, deadline.totalMs));
    const failure = masterFailure({
      host: settings.host,
      user: settings.user,
      where,
      stage: log.stage,
      lines: log.lines,
      ...(await ownNotes(this.#input.credentials, route, log, deadline)),
      password,
      exitCode: child.exitCode,
      socket: files.socket,
    });
    if (gavePassword && failure.problem.reason === "authentication")
      this.#input.credentials.notePasswordEnd(settings.hostname, false);
    const unread =
      failure.problem.reason === "hostKey"
        ? unreadKnownHosts(where, settings.hostKey, this.#input.known)
        : undefined;
    return unread === undefined ? failure : failed(unread);
  }

  #ownFolder(): Result<ControlFolder, TransportProblem> {
    if (this.#folder?.isThere === true) return succeed(this.#folder);
    this.close();
    const { options, box, configFiles } = this.#input;
    const defaults = [join(box.home, ".ssh/config"), "/etc/ssh/ssh_config"];
    const made = ControlFolder.make(clientConfig(options, configFiles(), defaults));
    if (made.ok) this.#folder = made.value;
    return made;
  }

  #env(folder: ControlFolder, mayGivePassword: boolean): Result<NodeJS.ProcessEnv, TransportProblem> {
    const { options } = this.#input;
    const asked = asksNobody(options) ? succeed({}) : askpass(folder.path, options, mayGivePassword);
    if (!asked.ok) return asked;
    const agent = options.agentSocket === undefined ? {} : { SSH_AUTH_SOCK: options.agentSocket };
    const { SSH_AUTH_SOCK: _agent, SSH_ASKPASS: _askpass, ...env } = process.env;
    return succeed({ ...env, ...agent, ...asked.value });
  }
}

const ASKED_PASSWORD = /^debug1: Next authentication method: (password|keyboard-interactive)$/;

type Tried = { readonly kind: "connected"; readonly connection: HostConnection } | MasterFailure;

interface LoginEnd {
  readonly kind: "ready" | "ended" | "late" | "aborted";
}

/** Until the control socket is there, or it is clear that it will not be. */
function logIn(
  child: ChildProcess,
  log: MasterLog,
  { socket }: ControlFiles,
  deadline: Deadline,
): Promise<LoginEnd> {
  return new Promise((resolve) => {
    const settle = (end: LoginEnd) => {
      clearTimeout(timer);
      stop();
      resolve(end);
    };
    const timer = setTimeout(settle, deadline.leftMs(), { kind: "late" });
    const stop = deadline.onAbort(() => settle({ kind: "aborted" }));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log.feed(text);
      // The log alone is no proof: a jump host's ssh writes there too.
      if (log.stage !== "ready" && text.includes("mux listener") && existsSync(socket))
        settle({ kind: "ready" });
    });
    child.once("exit", () => {
      // What it said last may still have to be read; a program that it leaves behind may hold its stderr.
      child.once("close", () => settle({ kind: "ended" }));
      setTimeout(settle, 300, { kind: "ended" });
    });
  });
}

function failed(found: TransportProblem): MasterFailure {
  return { kind: "failed", problem: found };
}

function withTries(error: TransportProblem, tries: number, deadline: Deadline): TransportProblem {
  return {
    ...error,
    message:
      `${error.message}, ${tries} times in ${seconds(deadline.totalMs)}: too many logins at once there ` +
      `(MaxStartups), a ban on this worker's address, or an sshd that fails`,
  };
}

/** What is allowed was decided by our reading of ssh_config: nothing runs where ssh reads it otherwise. */
function otherDoor(
  where: string,
  door: Door | undefined,
  { user, port }: HostSettings,
): TransportProblem | undefined {
  if (door === undefined || (door.user === user && door.port === port)) return undefined;
  return problem(
    "config",
    `${where}: ssh logs in as ${door.user} on port ${door.port}, where this worker reads ${user} and ${port} out of the ` +
      `same ssh_config; name user and port in the inventory`,
    { blame: "worker" },
  );
}

/** What a host that was reached shows to be in order. */
function partsShown({ settings: { proxy } }: HostRoute, lines: readonly string[]): readonly WorkerPart[] {
  const way: readonly WorkerPart[] =
    proxy.kind === "none" ? ["route"] : proxy.kind === "command" ? ["proxy"] : [];
  const byAgent = lines
    .findLast((line) => line.startsWith("debug1: Server accepts key: "))
    ?.endsWith(" agent");
  return ["login", ...way, ...(byAgent === true ? (["agent"] as const) : [])];
}
