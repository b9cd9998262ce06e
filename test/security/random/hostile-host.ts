import type { ServerChannel } from "ssh2";
import { join } from "node:path";
import { makeKey, publicKey, writePrivate, writeSshConfig } from "../../ssh/ground.ts";
import { startFakeServer, type FakeServer } from "../../ssh/fake-server.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";
import type { Said, Talk } from "./host-talk.ts";

/** Hosts that say what an attack wants them to: one server, which tells them apart by the user who logs in. */
export class HostileHosts {
  readonly #server: FakeServer;
  readonly #temp: TempDir;
  readonly #talks = new Map<string, (nonce: string) => Talk>();
  /** For a worker: every host is this server. */
  readonly sshConfigFile: string;

  private constructor(server: FakeServer, temp: TempDir, sshConfigFile: string) {
    this.#server = server;
    this.#temp = temp;
    this.sshConfigFile = sshConfigFile;
  }

  static async start(): Promise<HostileHosts> {
    const temp = makeTempDir("hostile");
    const key = makeKey(join(temp.path, "key"), "-t", "ed25519");
    let hosts: HostileHosts | undefined = undefined;
    const users = new WeakMap<object, string>();
    const server = await startFakeServer({
      hostKey: key,
      onClient: (client) => {
        client.on("authentication", ({ username }) => users.set(client, username));
        client.on("session", (accept) => {
          const session = accept();
          session.on("exec", (acceptExec) =>
            hosts?.serve(users.get(client) ?? "", acceptExec(), () => client.end()),
          );
        });
      },
    });
    const config = writeSshConfig(temp.path, [
      ...["Host *", "HostName 127.0.0.1", `Port ${server.port}`, `IdentityFile ${key}`],
      `UserKnownHostsFile ${writePrivate(join(temp.path, "known_hosts"), `* ${publicKey(key)}\n`)}`,
    ]);
    hosts = new HostileHosts(server, temp, config);
    return hosts;
  }

  /** From now on, in every channel of this host. */
  say(host: string, talk: (nonce: string) => Talk): void {
    this.#talks.set(host, talk);
  }

  forget(host: string): void {
    this.#talks.delete(host);
  }

  /** @internal One channel: its nonce comes with the first line on stdin, the program after the hello. */
  serve(user: string, channel: ServerChannel, drop: () => void): void {
    let heard = "";
    let talk: Talk | undefined;
    let isLate = false;
    channel.on("error", () => {});
    channel.on("data", (chunk: Buffer) => {
      if (heard.length < 4096) heard += chunk.toString("latin1");
      const nonce = /rr:([a-z0-9]+):/.exec(heard)?.[1];
      if (nonce === undefined) return;
      if (talk === undefined) {
        talk = this.#talks.get(user)?.(nonce) ?? { early: [], late: [], leave: "close" };
        say(channel, talk.early);
        if (talk.late.length === 0) leave(channel, talk, drop);
      } else if (!isLate) {
        isLate = true;
        talk.saidLate = true;
        say(channel, talk.late);
        leave(channel, talk, drop);
      }
    });
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    this.#temp.remove();
  }
}

function say(channel: ServerChannel, lines: readonly Said[]): void {
  for (const { stream, bytes } of lines) (stream === "stdout" ? channel : channel.stderr).write(bytes);
}

function leave(channel: ServerChannel, { leave: how }: Talk, drop: () => void): void {
  if (how === "stay") return;
  if (how === "drop") return drop();
  if (how === "exit") channel.exit(0);
  if (how === "signal") channel.exit("KILL");
  channel.end();
  channel.close();
}
