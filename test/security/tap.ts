import { connect, createServer, type Socket } from "node:net";

/** A job as it crossed the wire: SUBMIT_JOB of Gearman's PROTOCOL. */
export interface TappedJob {
  readonly functionName: string;
  readonly unique: string;
  readonly workload: Buffer;
}

export interface Tap {
  /** "127.0.0.1:PORT", as `--servers` takes it. */
  readonly server: string;
  /** Everything that has passed, both ways. */
  all(): Buffer;
  /** What clients submitted to functions of this name or beginning. */
  jobs(functionName: string): readonly TappedJob[];
  close(): Promise<void>;
}

const SUBMIT_JOB = 7;
const HEADER_BYTES = 12;

/** Reads all traffic between its clients and a job server, as anybody on the way can. */
export async function startTap(port: number): Promise<Tap> {
  const sockets = new Set<Socket>();
  const chunks: Buffer[] = [];
  /** What each client has sent. */
  const sent: Buffer[][] = [];
  const server = createServer((near) => {
    const far = connect({ host: "127.0.0.1", port });
    const own: Buffer[] = [];
    sent.push(own);
    near.on("data", (chunk: Buffer) => own.push(chunk));
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      sockets.add(socket);
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.on("error", () => other.destroy());
      socket.once("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  return {
    server: `127.0.0.1:${bound.port}`,
    all: () => Buffer.concat(chunks),
    jobs: (functionName) =>
      sent
        .flatMap((own) => jobsIn(Buffer.concat(own)))
        .filter(
          (job) => job.functionName === functionName || job.functionName.startsWith(`${functionName}.`),
        ),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function jobsIn(stream: Buffer): TappedJob[] {
  const jobs: TappedJob[] = [];
  for (let at = 0; at + HEADER_BYTES <= stream.length;) {
    const length = stream.readUInt32BE(at + 8);
    const body = stream.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length);
    if (stream.readUInt32BE(at + 4) === SUBMIT_JOB) {
      const first = body.indexOf(0);
      const second = body.indexOf(0, first + 1);
      jobs.push({
        functionName: body.subarray(0, first).toString(),
        unique: body.subarray(first + 1, second).toString(),
        workload: body.subarray(second + 1),
      });
    }
    at += HEADER_BYTES + length;
  }
  return jobs;
}
