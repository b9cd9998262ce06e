import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { constants } from "node:os";
import ssh2, { type AuthContext, type Connection, type Session } from "ssh2";
import { makeKey, type KeyPair } from "./keys.ts";
import { runCommand, type RunningCommand } from "./run-command.ts";

// "OpenSSH", since clients ask by this name how a server behaves, and this one gives each command a session
// of its own as OpenSSH does; others, such as dropbear, do not.
const IDENT = "OpenSSH_9.2 Roadrunner-lab";

const ADDRESS = "127.0.0.1";
/** How long a client may take to close its connection when the host stops. */
const GOODBYE_MS = 500;

export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** "ssh-ed25519 AAAA…" */
  readonly hostKey: string;
  /** Where its commands run, their HOME. */
  readonly home: string;
  /** Kills every command's process group; nothing is waited for. */
  killCommands(): void;
  /** Stops listening, closes the connections, kills the commands, and waits until they have ended. */
  stop(): Promise<void>;
}

export interface LabHostOptions {
  readonly name: string;
  readonly home: string;
  readonly user: string;
  /** A folder of programs that its commands find before all others. */
  readonly programs: string;
  /** "ssh-ed25519 AAAA…": the only key that may log in. */
  readonly clientKey: string;
}

/** An SSH server on a free port of 127.0.0.1 that runs commands, and nothing else: no terminal, no forwarding. */
export async function startLabHost(options: LabHostOptions): Promise<LabHost> {
  mkdirSync(options.home, { recursive: true, mode: 0o700 });
  const key = makeKey();
  const host = new Host(options, key);
  await host.listen();
  return host;
}

class Host implements LabHost {
  readonly name: string;
  readonly address = ADDRESS;
  readonly hostKey: string;
  readonly home: string;
  readonly #options: LabHostOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Set<Connection>();
  readonly #commands = new Set<RunningCommand>();
  port = 0;

  constructor(options: LabHostOptions, key: KeyPair) {
    this.#options = options;
    this.name = options.name;
    this.home = options.home;
    this.hostKey = key.public;
    const ssh = new ssh2.Server({ hostKeys: [key.private], ident: IDENT }, (connection, { ip, port }) =>
      this.#serve(connection, `${ip} ${port}`),
    );
    // A server of our own in front: ssh2's keeps its sockets to itself, and a client that is stopped or gone
    // could then hold `stop` up for ever.
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      ssh.injectSocket(socket);
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, ADDRESS);
    await once(this.#server, "listening");
    // Node's types also know servers on a path.
    this.port = (this.#server.address() as AddressInfo).port;
  }

  #serve(connection: Connection, client: string): void {
    this.#connections.add(connection);
    connection.on("close", () => this.#connections.delete(connection));
    connection.on("error", () => {}); // A client that went away; "close" follows.
    connection.on("authentication", (attempt) => {
      if (isOurs(attempt, this.#options)) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    // What has no listener (forwarding, terminals, shells, subsystems) ssh2 refuses.
    connection.on("session", (accept) => this.#serveSession(accept(), client));
  }

  #serveSession(session: Session, client: string): void {
    let running: RunningCommand | undefined;
    session.once("exec", (accept, _reject, { command }) => {
      const env = this.#environment(client);
      running = runCommand(command, { cwd: this.home, env }, accept());
      this.#keep(running);
    });
    // ssh2 passes signals on only until the client has ended the command's input.
    session.on("signal", (accept, reject, { name }) => {
      const signal = `SIG${name}`;
      if (running === undefined || !isSignal(signal)) {
        reject?.();
        return;
      }
      running.signal(signal);
      accept?.();
    });
  }

  #keep(command: RunningCommand): void {
    this.#commands.add(command);
    void command.exited.then(() => this.#commands.delete(command));
  }

  #environment(client: string): Record<string, string> {
    return {
      PATH: `${this.#options.programs}:${process.env.PATH ?? "/usr/bin:/bin"}`,
      HOME: this.home,
      USER: this.#options.user,
      LOGNAME: this.#options.user,
      SHELL: "/bin/sh",
      SSH_CONNECTION: `${client} ${this.address} ${this.port}`,
    };
  }

  killCommands(): void {
    for (const command of this.#commands) command.signal("SIGKILL");
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.killCommands();
    for (const connection of this.#connections) connection.end();
    const late = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, GOODBYE_MS);
    await Promise.all([closed, ...Array.from(this.#commands, (command) => command.exited)]);
    clearTimeout(late);
  }
}

function isOurs(attempt: AuthContext, { user, clientKey }: LabHostOptions): boolean {
  if (attempt.method !== "publickey" || attempt.username !== user) return false;
  const key = ssh2.utils.parseKey(clientKey);
  if (key instanceof Error) throw key;
  if (!key.getPublicSSH().equals(attempt.key.data)) return false;
  // The first request only asks whether the key would do; the second one proves that the client has it.
  if (attempt.signature === undefined || attempt.blob === undefined) return true;
  // Against its types, ssh2 gives back an Error where the signature cannot be checked, and an Error is truthy.
  const verified: unknown = key.verify(attempt.blob, attempt.signature, attempt.hashAlgo);
  return verified === true;
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}
