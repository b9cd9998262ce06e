import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions as HttpOptions,
} from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { fail, succeed, type Result } from "@roadrunner/core";
import type { CoordinatorAddress } from "@roadrunner/engine/address";
import { problemSchema } from "@roadrunner/engine/api";
import {
  awayFault,
  cutFault,
  foreignFault,
  problemFault,
  untrustedFault,
  usageFault,
  type ApiFault,
} from "./api-fault.ts";
import { dialled, type Destination } from "./destination.ts";
import { networkFault } from "./network-fault.ts";
import { shownCertificate } from "./shown-certificate.ts";
import { connectFault, socketFault } from "./socket-fault.ts";
import { isOfTls, tlsFault } from "./tls-fault.ts";

/** What is asked of a coordinator. */
export interface Asked {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A socket of this box is connected to at once, or its owner is suspended. */
const CONNECT_MS = 5000;
/** Names are resolved, and keys exchanged. */
const DIAL_MS = 15_000;
/** For one of a host's addresses, before the next one is tried. */
const DIAL_EACH_MS = 3000;
/** More than a page of a thousand events with all the output that may be kept of each in practice. */
const MOST_BYTES = 256 * 1024 * 1024;
const MOST_TOLD = 200;

/**
 * Asks and gives the answer's head, when it is a good one; the body is the caller's to read. The answer must begin within
 * this time, in milliseconds. No redirect is followed.
 */
export async function open(
  to: Destination,
  asked: Asked,
  withinMs: number,
): Promise<Result<IncomingMessage, ApiFault>> {
  const { address } = to;
  const means = meansTo(to, asked);
  if (!means.ok) return means;
  let answer = await begin(means.value, asked, withinMs);
  if (!answer.ok && answer.error.isStale) answer = await begin(anew(means.value), asked, withinMs);
  if (!answer.ok) return fail(await whyFailed(to, answer.error));
  if (isGood(answer.value)) return answer;
  const text = await readAll(address, answer.value, withinMs);
  return fail(text.ok ? refusedBy(address, answer.value, text.value) : text.error);
}

/** Asks, and reads the whole answer, which must be there within this time, in milliseconds. Undefined: it has no content. */
export async function ask(
  to: Destination,
  asked: Asked,
  withinMs: number,
): Promise<Result<unknown, ApiFault>> {
  const answer = await open(to, asked, withinMs);
  if (!answer.ok) return answer;
  const text = await readAll(to.address, answer.value, withinMs);
  if (!text.ok) return text;
  if (answer.value.statusCode === NO_CONTENT) return succeed(undefined);
  try {
    return succeed(JSON.parse(text.value));
  } catch {
    return fail(foreignFault(to.address, `its answer is not JSON: ${clipped(text.value)}`));
  }
}

const NO_CONTENT = 204;

/** How a connection is made, and how one knows that it is there. */
interface Means {
  readonly start: typeof httpRequest;
  readonly options: HttpOptions;
  readonly connectedBy: "connect" | "secureConnect";
  readonly connectMs: number;
}

function meansTo(to: Destination, { method }: Asked): Result<Means, ApiFault> {
  const { address } = to;
  if (address.kind === "socket") {
    const fault = socketFault(address.path, { uid: process.getuid?.() });
    if (fault !== undefined) return fail(awayFault(address, fault));
    const options = { socketPath: address.path, agent: false };
    return succeed({ start: httpRequest, options, connectedBy: "connect", connectMs: CONNECT_MS });
  }
  const { host, port } = address;
  const dial = { host, port, autoSelectFamilyAttemptTimeout: DIAL_EACH_MS };
  if (address.kind === "plain")
    return succeed({
      ...{ start: httpRequest, options: { ...dial, agent: false } },
      ...{ connectedBy: "connect", connectMs: DIAL_MS },
    });
  const authorities = to.authorities();
  if (!authorities.ok) return fail(usageFault(authorities.error));
  const { value: ca } = authorities;
  const options = {
    ...dial,
    ...(ca === undefined ? {} : { ca: [...ca] }),
    // Said, since a variable of Node's environment could say otherwise.
    rejectUnauthorized: true,
    // What is asked twice does no harm: a kept connection may end while it is asked on.
    agent: method === "GET" ? to.agent : false,
  };
  return succeed({
    ...{ start: httpsRequest, options },
    ...{ connectedBy: "secureConnect", connectMs: DIAL_MS },
  });
}

function anew(means: Means): Means {
  return { ...means, options: { ...means.options, agent: false } };
}

interface Failed {
  readonly isConnected: boolean;
  /** A connection that was kept had ended meanwhile. */
  readonly isStale: boolean;
  readonly code: string;
  readonly message: string;
}

function begin(
  { start, options, connectedBy, connectMs }: Means,
  { method, path, body, headers }: Asked,
  withinMs: number,
): Promise<Result<IncomingMessage, Failed>> {
  return new Promise((resolve) => {
    let isConnected = false;
    const request: ClientRequest = start({
      ...options,
      ...{ path, method },
      headers: {
        ...headers,
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
      },
    });
    const giveUp = (why: string): void => void request.destroy(new Error(why));
    const connecting = setTimeout(() => giveUp(`not connected within ${connectMs / 1000} s`), connectMs);
    const answering = setTimeout(() => giveUp(`no answer within ${withinMs / 1000} s`), withinMs);
    const done = (result: Result<IncomingMessage, Failed>): void => {
      clearTimeout(connecting);
      clearTimeout(answering);
      resolve(result);
    };
    const connected = (): void => {
      isConnected = true;
      clearTimeout(connecting);
    };
    request.once("socket", (socket: Socket) => {
      if (request.reusedSocket) connected();
      else socket.once(connectedBy, connected);
    });
    request.once("response", (response) => done(succeed(response)));
    // Later ones come with the response's own error or end.
    request.on("error", ({ code = "", message }: NodeJS.ErrnoException) => {
      done(fail({ isConnected, isStale: request.reusedSocket && STALE.has(code), code, message }));
    });
    request.end(body);
  });
}

const STALE: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

async function whyFailed(to: Destination, { isConnected, code, message }: Failed): Promise<ApiFault> {
  const { address } = to;
  const orTls = address.kind === "plain" ? "; one with TLS is named as https://" : "";
  if (code.startsWith("HPE_")) return foreignFault(address, `it does not speak HTTP${orTls}`);
  if (isConnected) return cutFault(address, `${message}${STALE.has(code) ? orTls : ""}`);
  if (address.kind === "socket") return awayFault(address, connectFault(code, message));
  const at = dialled(address, to.caFile);
  const isTls = address.kind === "tls";
  if (!isTls || !isOfTls({ code, message }))
    return awayFault(address, networkFault(at, isTls, code, message));
  const shown = await shownCertificate(at.host, at.port);
  return untrustedFault(address, tlsFault(at, { code, message }, shown, Date.now()));
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
  if (statusCode >= 300 && statusCode < 400)
    return foreignFault(
      address,
      `it answers ${statusCode} and points elsewhere (${clipped(headers.location ?? "")}), where rr-submit does not follow`,
    );
  const type = headers["content-type"] ?? "no type";
  return foreignFault(address, `it answers ${statusCode} (${type}): ${clipped(text)}`);
}

function clipped(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return JSON.stringify(line.length > MOST_TOLD ? `${line.slice(0, MOST_TOLD)}…` : line);
}
