import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { fail, succeed, type Result } from "@roadrunner/core";
import { problemSchema } from "@roadrunner/engine/api";
import type { CoordinatorAddress } from "../usage/parse-coordinator.ts";
import { awayFault, cutFault, foreignFault, problemFault, type ApiFault } from "./api-fault.ts";
import { connectFault, socketFault } from "./socket-fault.ts";

/** What is asked of a coordinator. */
export interface Asked {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A socket of this box is connected to at once, or its owner is suspended. */
const CONNECT_MS = 5000;
/** More than a page of a thousand events with all the output that may be kept of each in practice. */
const MOST_BYTES = 256 * 1024 * 1024;
const MOST_TOLD = 200;

/**
 * Asks and gives the answer's head, when it is a good one; the body is the caller's to read. The answer must begin within
 * this time, in milliseconds. `give up` ends the connection.
 */
export async function open(
  address: CoordinatorAddress,
  asked: Asked,
  withinMs: number,
): Promise<Result<IncomingMessage, ApiFault>> {
  const fault = socketFault(address, { uid: process.getuid?.() });
  if (fault !== undefined) return fail(awayFault(address, fault));
  const answer = await begin(address, asked, withinMs);
  if (!answer.ok || isGood(answer.value)) return answer;
  const text = await readAll(address, answer.value, withinMs);
  return fail(text.ok ? refusedBy(address, answer.value, text.value) : text.error);
}

/** Asks, and reads the whole answer, which must be there within this time, in milliseconds. */
export async function ask(
  address: CoordinatorAddress,
  asked: Asked,
  withinMs: number,
): Promise<Result<unknown, ApiFault>> {
  const answer = await open(address, asked, withinMs);
  if (!answer.ok) return answer;
  const text = await readAll(address, answer.value, withinMs);
  if (!text.ok) return text;
  try {
    return succeed(JSON.parse(text.value));
  } catch {
    return fail(foreignFault(address, `its answer is not JSON: ${clipped(text.value)}`));
  }
}

function begin(
  address: CoordinatorAddress,
  { method, path, body, headers }: Asked,
  withinMs: number,
): Promise<Result<IncomingMessage, ApiFault>> {
  return new Promise((resolve) => {
    let isConnected = false;
    const request: ClientRequest = httpRequest({
      ...{ socketPath: address.path, path, method, agent: false },
      headers: {
        ...headers,
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      },
    });
    const giveUp = (why: string): void => void request.destroy(new Error(why));
    const connecting = setTimeout(() => giveUp(`not connected within ${CONNECT_MS / 1000} s`), CONNECT_MS);
    const answering = setTimeout(() => giveUp(`no answer within ${withinMs / 1000} s`), withinMs);
    const done = (result: Result<IncomingMessage, ApiFault>): void => {
      clearTimeout(connecting);
      clearTimeout(answering);
      resolve(result);
    };
    request.once("socket", (socket) =>
      socket.once("connect", () => {
        isConnected = true;
        clearTimeout(connecting);
      }),
    );
    request.once("response", (response) => done(succeed(response)));
    // Later ones come with the response's own error or end.
    request.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (code?.startsWith("HPE_") === true)
        return done(fail(foreignFault(address, "it does not speak HTTP")));
      return done(
        fail(isConnected ? cutFault(address, message) : awayFault(address, connectFault(code, message))),
      );
    });
    request.end(body);
  });
}

async function readAll(
  address: CoordinatorAddress,
  response: IncomingMessage,
  withinMs: number,
): Promise<Result<string, ApiFault>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const late = setTimeout(
    () => response.destroy(new Error(`no answer within ${withinMs / 1000} s`)),
    withinMs,
  );
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MOST_BYTES) return fail(foreignFault(address, "its answer has no end"));
    }
    return succeed(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    return fail(cutFault(address, (error as Error).message));
  } finally {
    clearTimeout(late);
  }
}

function isGood({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function refusedBy(
  address: CoordinatorAddress,
  { statusCode = 0, headers }: IncomingMessage,
  text: string,
): ApiFault {
  try {
    const problem = problemSchema.safeParse(JSON.parse(text));
    if (problem.success) return problemFault(address, problem.data);
  } catch {
    // Then it is told with what else is known of it.
  }
  const type = headers["content-type"] ?? "no type";
  return foreignFault(address, `it answers ${statusCode} (${type}): ${clipped(text)}`);
}

function clipped(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return JSON.stringify(line.length > MOST_TOLD ? `${line.slice(0, MOST_TOLD)}…` : line);
}
