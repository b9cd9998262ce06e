import { createServer, type Server, type ServerResponse } from "node:http";
import { fail, succeed, type Result } from "../errors.ts";

/** Prometheus and a probe or two; more is a mistake or an attack, and must not cost the program its descriptors. */
const MAX_CONNECTIONS = 50;

/** What a program tells of itself. */
export interface Watched {
  readonly contentType: string;
  /** Its metrics, in Prometheus' text format. */
  text(): Promise<string>;
  /** Why it is not ready, one line each; none: it is. */
  reasonsNotReady(): readonly string[];
}

/** Answers `/metrics`, `/healthz` and `/readyz` over plain HTTP. */
export class HealthServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Takes the address before anything else is started; fails with the reason where it cannot be had. */
  static listen(address: string, port: number): Promise<Result<HealthServer, string>> {
    const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 });
    server.maxConnections = MAX_CONNECTIONS;
    return new Promise((resolve) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        const why = error.code === "EADDRINUSE" ? "another process has it" : error.message;
        resolve(fail(`cannot listen on ${address}:${port} for metrics: ${why}`));
      });
      server.listen(port, address, () => resolve(succeed(new HealthServer(server))));
    });
  }

  /** The port that it got, where it asked for port 0. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  serve(watched: Watched): void {
    this.#server.on("request", (request, response) => {
      const path = request.url?.split("?", 1)[0];
      if (request.method !== "GET" && request.method !== "HEAD") {
        answer(response, 405, "only GET and HEAD\n");
      } else if (path === "/metrics") {
        watched.text().then(
          (text) => answer(response, 200, text, watched.contentType),
          (error: unknown) => answer(response, 500, `${String(error)}\n`),
        );
      } else if (path === "/healthz") {
        answer(response, 200, "ok\n");
      } else if (path === "/readyz") {
        const reasons = watched.reasonsNotReady();
        if (reasons.length === 0) answer(response, 200, "ready\n");
        else answer(response, 503, reasons.map((reason) => `${reason}\n`).join(""));
      } else {
        answer(response, 404, "there are /metrics, /healthz and /readyz\n");
      }
    });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

function answer(response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8") {
  response.writeHead(status, { "content-type": type }).end(text);
}
