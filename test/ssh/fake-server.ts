import { readFileSync } from "node:fs";
import ssh2, { type AuthContext, type Connection as ServerConnection } from "ssh2";

export interface FakeServer {
  readonly port: number;
  /** Live connections, as they came. */
  readonly clients: ServerConnection[];
  stop(): Promise<void>;
}

export interface FakeOptions {
  /** Private host key file. */
  readonly hostKey: string;
  /** Default: everybody comes in. */
  readonly onLogin?: (context: AuthContext) => void;
  readonly onClient?: (client: ServerConnection) => void;
}

/** A server that does what no real one does on request: an SSH server of ssh2 whose behaviour a test scripts. */
export async function startFakeServer(options: FakeOptions): Promise<FakeServer> {
  const clients: ServerConnection[] = [];
  const server = new ssh2.Server({ hostKeys: [readFileSync(options.hostKey)] }, (client) => {
    clients.push(client);
    client.on("error", () => {});
    client.on("authentication", options.onLogin ?? ((context) => context.accept()));
    options.onClient?.(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    clients,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients) client.end();
      }),
  };
}
