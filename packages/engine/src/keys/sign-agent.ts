import { createConnection } from "node:net";
import { fail, succeed, type Result } from "@roadrunner/core";
import { SshReader, sshString } from "@roadrunner/core/signing";

/**
 * Two questions to an ssh-agent (draft-ietf-sshm-ssh-agent). ssh2 knows neither certificates nor security keys, and
 * leaves out of a signature what a security key says in it.
 */

const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const RSA_SHA2_512 = 4;
const LIST_WITHIN_MS = 10_000;
/** It may ask its owner before it signs, and a security key waits for a touch. */
const SIGN_WITHIN_MS = 60_000;
/** As OpenSSH's agent bounds them. */
const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_KEYS = 2000;

/** The blobs of all keys and certificates that it holds; errors complete "the agent at …: ". */
export async function agentKeys(socket: string): Promise<Result<readonly Buffer[], string>> {
  const answer = await ask(socket, Buffer.of(REQUEST_IDENTITIES), LIST_WITHIN_MS);
  if (!answer.ok) return answer;
  const reader = new SshReader(answer.value);
  if (reader.raw(1)?.[0] !== IDENTITIES_ANSWER) return fail("it does not list its keys");
  const count = reader.uint32();
  const list = reader.list(2 * MAX_KEYS);
  return list === undefined || list.length !== 2 * (count ?? 0)
    ? fail("its list of keys is damaged")
    : succeed(list.filter((_, index) => index % 2 === 0));
}

/** A signature blob of the data, by the key or the certificate of that blob; never with SHA-1. */
export async function agentSignature(
  socket: string,
  blob: Buffer,
  data: Buffer,
): Promise<Result<Buffer, string>> {
  const flags = Buffer.alloc(4);
  flags.writeUInt32BE(RSA_SHA2_512);
  const request = Buffer.concat([Buffer.of(SIGN_REQUEST), sshString(blob), sshString(data), flags]);
  const answer = await ask(socket, request, SIGN_WITHIN_MS);
  if (!answer.ok) return answer;
  const reader = new SshReader(answer.value);
  if (reader.raw(1)?.[0] !== SIGN_RESPONSE) return fail("it did not sign");
  const signature = reader.string();
  return signature === undefined || !reader.atEnd ? fail("its signature is damaged") : succeed(signature);
}

/** One question on a connection of its own, and the message that answers it. */
function ask(path: string, request: Buffer, withinMs: number): Promise<Result<Buffer, string>> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (result: Result<Buffer, string>): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => finish(fail(`it does not answer within ${withinMs / 1000} s`)), withinMs);
    socket.on("error", (error) => finish(fail(error.message)));
    socket.on("close", () => finish(fail("it closed the connection")));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      const bytes = Buffer.concat(chunks);
      const length = bytes.length < 4 ? undefined : bytes.readUInt32BE(0);
      if (length !== undefined && length > MAX_ANSWER_BYTES) finish(fail("its answer is too long"));
      else if (length !== undefined && size >= 4 + length) finish(succeed(bytes.subarray(4, 4 + length)));
    });
    socket.write(sshString(request));
  });
}
