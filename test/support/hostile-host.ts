import { join } from "node:path";
import { writeFileSync } from "node:fs";
import type { Connection as ServerConnection, ServerChannel } from "ssh2";
import { startFakeServer } from "../ssh/fake-server.ts";
import { makeKey, publicKey, writeSshConfig } from "../ssh/ground.ts";
import { makeTempDir } from "./temp-dir.ts";

/** One exec request as the hostile host sees it. */
export interface HostedVisit {
  /** From 1, over all connections. */
  readonly number: number;
  readonly client: ServerConnection;
  readonly stream: ServerChannel;
  /** Everything that has come so far. */
  received(): string;
  /** Says marks on stderr, each a line; false when the channel takes no more for now. */
  say(...words: string[]): boolean;
  /** Says the start mark on both streams, and that the attempt is claimed. */
  start(): void;
  /** Says the hello and waits for the body; as `got`, when the visitor leaves before. */
  greet(): Promise<void>;
  /** Resolves when what was received matches. When the visitor leaves before, the script ends here. */
  got(pattern: RegExp): Promise<void>;
  /** Ends the channel as a program that has ended does. */
  exit(code: number): void;
  /** Ends the connection. */
  drop(): void;
}

export interface HostileHost {
  readonly sshConfigFile: string;
  readonly port: number;
  /** Exec requests so far. */
  readonly visits: readonly HostedVisit[];
  /** Live connections and dead ones, as they came. */
  readonly clients: readonly ServerConnection[];
  /** Rejects with what a script has thrown. */
  stop(): Promise<void>;
}

/** A host whose every word a test scripts: it takes exec requests and says what `script` has it say. */
export async function startHostileHost(
  script: (visit: HostedVisit) => void | Promise<void>,
  onClient?: (client: ServerConnection) => void,
): Promise<HostileHost> {
  const temp = makeTempDir("hostile-host");
  const hostKey = makeKey(join(temp.path, "host"), "-t", "ed25519");
  const clientKey = makeKey(join(temp.path, "client"), "-t", "ed25519");
  const visits: HostedVisit[] = [];
  const faults: unknown[] = [];
  const server = await startFakeServer({
    hostKey,
    onClient: (client) => {
      onClient?.(client);
      client.on("session", (accept) => {
        accept().on("exec", (yes) => {
          const visit = hosted(visits.length + 1, client, yes());
          visits.push(visit);
          void visit
            .got(/rr:[a-z0-9]+:/)
            .then(() => script(visit))
            .catch((error: unknown) => {
              if (!(error instanceof VisitorLeft)) faults.push(error);
            });
        });
      });
    },
  });
  const known = join(temp.path, "known_hosts");
  writeFileSync(known, `[127.0.0.1]:${server.port} ${publicKey(hostKey)}\n`);
  const sshConfigFile = writeSshConfig(temp.path, [
    "Host *",
    "HostName 127.0.0.1",
    `Port ${server.port}`,
    `UserKnownHostsFile ${known}`,
    `IdentityFile ${clientKey}`,
  ]);
  return {
    sshConfigFile,
    port: server.port,
    visits,
    clients: server.clients,
    async stop() {
      await server.stop();
      temp.remove();
      if (faults.length > 0) throw new AggregateError(faults, "scripts of a hostile host have failed");
    },
  };
}

/** Ends a script that waits for what can no more come. */
class VisitorLeft extends Error {}

function hosted(number: number, client: ServerConnection, stream: ServerChannel): HostedVisit {
  let text = "";
  let left = false;
  const waiting = new Set<() => void>();
  const lookAgain = (): void => {
    for (const look of waiting) look();
  };
  stream.on("error", () => {});
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    lookAgain();
  });
  stream.on("close", () => {
    left = true;
    lookAgain();
  });
  const nonce = (): string => /rr:([a-z0-9]+):/.exec(text)?.[1] ?? "";
  const come = (isThere: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (isThere()) resolve();
        else if (left) reject(new VisitorLeft());
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  const got = (pattern: RegExp): Promise<void> => come(() => pattern.test(text));
  const say = (...words: string[]): boolean =>
    stream.stderr.write(words.map((word) => `rr:${nonce()}:${word}\n`).join(""));
  return {
    number,
    client,
    stream,
    received: () => text,
    say,
    got,
    async greet() {
      const before = text.length;
      say("hello");
      await come(() => text.length > before && text.endsWith("\n"));
    },
    start() {
      stream.write(`rr:${nonce()}:start\n`);
      say(NO_PROCESS, "claimed - -");
    },
    exit(code) {
      stream.exit(code);
      stream.close();
    },
    drop: () => void client.end(),
  };
}

/** What a start mark says of a process that is not there. */
export const NO_PROCESS = "start 999999 999999 999999 1 00000000-0000-4000-8000-000000000000";
