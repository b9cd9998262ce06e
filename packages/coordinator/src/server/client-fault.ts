import { STATUS_CODES, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Refusal } from "../carry/refusal.ts";
import { PROBLEM_TYPE, problemOf } from "./problems.ts";

/** Answers what is no request as the parser has it, with problem details too. */
export function answerClientFaults(server: Server): void {
  /** Somebody is being answered there: nothing can be said in between. */
  const answering = new WeakSet<object>();
  server.on("request", ({ socket }, response) => {
    answering.add(socket);
    response.once("close", () => answering.delete(socket));
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const isUnheard = error.code === "ECONNRESET" || isOfHandshake(error);
    if (isUnheard || !socket.writable || answering.has(socket)) socket.destroy();
    else socket.end(answerTo(error));
  });
}

/** Before it is over nothing can be said: it would be waited for. */
function isOfHandshake({ code = "" }: NodeJS.ErrnoException): boolean {
  return /^ERR_(?:TLS|SSL)_/.test(code);
}

function answerTo(error: NodeJS.ErrnoException): string {
  const told = problemOf(refusalOf(error));
  const body = JSON.stringify(told);
  const head = [
    `HTTP/1.1 ${told.status} ${STATUS_CODES[told.status] ?? ""}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

function refusalOf({ code }: NodeJS.ErrnoException): Refusal {
  if (code === "HPE_HEADER_OVERFLOW")
    return {
      code: "headersTooLarge",
      detail: "the request's address and headers are too large together: they may have 16 KiB",
    };
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return { code: "tooSlow", detail: "the request did not come as a whole in time; send it again" };
  return { code: "badRequest", detail: "it is no HTTP/1.1 request, or has a method that nobody knows" };
}
