import { request } from "node:http";
import { API } from "@roadrunner/engine/api";

const ANSWER_MS = 10_000;

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Asks a coordinator; undefined: it does not answer, or not in time. */
export function askApi(
  socketPath: string,
  method: "GET" | "POST",
  path: string,
  body?: object,
): Promise<ApiAnswer | undefined> {
  return new Promise((resolve) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const asked = request(
      { socketPath, method, path: `${API}${path}`, headers, timeout: ANSWER_MS },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", () => resolve(undefined));
        answer.on("end", () => {
          resolve({ status: answer.statusCode ?? 0, body: json(Buffer.concat(parts).toString()) });
        });
      },
    );
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(undefined));
    // A suspended coordinator takes the connection, and says nothing: the socket's own timeout is of silence.
    setTimeout(() => asked.destroy(), ANSWER_MS).unref();
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
