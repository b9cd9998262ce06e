import { createServer, type Socket } from "node:net";
import { sshString, SshReader, type OperatorKey } from "@roadrunner/core/signing";

/** An agent that speaks ssh-agent's protocol, with keys that no real one can be given here. */
export interface ScriptedAgent {
  readonly socket: string;
  /** How many times it was asked to sign: how many touches that took. */
  signed(): number;
  /** What it answers from now on in place of the truth, each time. */
  answer(bytes: Buffer): void;
  stop(): Promise<void>;
}

const FAILURE = Buffer.of(5);

export async function startAgent(socket: string, keys: readonly OperatorKey[]): Promise<ScriptedAgent> {
  let signed = 0;
  let scripted: Buffer | undefined;
  const answerTo = async (request: Buffer): Promise<Buffer> => {
    const reader = new SshReader(request);
    const type = reader.raw(1)?.[0];
    if (type === 11) {
      const count = Buffer.alloc(4);
      count.writeUInt32BE(keys.length);
      const listed = keys.flatMap(({ publicBlob }) => [sshString(publicBlob), sshString("a comment")]);
      return Buffer.concat([Buffer.of(12), count, ...listed]);
    }
    const [blob, data] = [reader.string(), reader.string()];
    const key = keys.find(({ publicBlob }) => blob?.equals(publicBlob));
    if (type !== 13 || key === undefined || data === undefined) return FAILURE;
    signed += 1;
    const made = await key.sign(data);
    return made.ok ? Buffer.concat([Buffer.of(14), sshString(made.value)]) : FAILURE;
  };
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on("close", () => open.delete(client));
    client.on("error", () => undefined);
    client.on("data", (bytes: Buffer) => {
      if (scripted !== undefined) client.end(scripted);
      else void answerTo(bytes.subarray(4)).then((answer) => client.write(sshString(answer)));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    signed: () => signed,
    answer: (bytes) => {
      scripted = bytes;
    },
    stop: () =>
      new Promise((resolve) => {
        for (const client of open) client.destroy();
        server.close(() => resolve());
      }),
  };
}
