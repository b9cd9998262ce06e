import type { Readable } from "node:stream";
import { fail, succeed, type Result } from "@roadrunner/core/errors";

const MIB = 1024 * 1024;

/** All of a file, a pipe or a device, which may be without end; an error if it has more than `mostMib` MiB. Throws what the stream does. */
export async function readAtMost(stream: Readable, mostMib: number): Promise<Result<Buffer, string>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > mostMib * MIB) return fail(`has more than ${mostMib} MiB`);
  }
  return succeed(Buffer.concat(chunks));
}
