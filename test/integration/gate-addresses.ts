import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const METRICS = `latency 0.25
many{one="a"} 1
many{one="b"} 2
broken NaN
endless +Inf
`;
const TOKEN_HEADER = "Bearer hunter2hunter2";

/** What a gate may meet: a page that is well, pages that are not, and what Prometheus scrapes. */
export class GateAddresses {
  /** "127.0.0.1:PORT" */
  readonly host: string;
  /** What was asked for, with the token where one came. */
  readonly heard: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** @param elsewhere another host and port, to which /away redirects */
  static async start(elsewhere?: string): Promise<GateAddresses> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const addresses = new GateAddresses(server);
    server.on("request", (request, response) => {
      // Prometheus comes by twice a second.
      if (request.url !== "/metrics")
        addresses.heard.push(`${request.url} ${request.headers.authorization ?? "-"}`);
      answer(request, response, elsewhere);
    });
    return addresses;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function answer(request: IncomingMessage, response: ServerResponse, elsewhere = ""): void {
  const url = new URL(request.url ?? "", "http://here");
  const [, first = ""] = url.pathname.split("/");
  const redirect = (location: string) => response.writeHead(302, { location }).end("moved");
  switch (first) {
    case "metrics":
      response.end(METRICS);
      break;
    case "well":
      response.end("well");
      break;
    case "sick":
      response
        .writeHead(503)
        .end('{"status":"error","errorType":"timeout","error":"query timed out\\u001b[2J"}');
      break;
    case "token":
      response.writeHead(request.headers.authorization === TOKEN_HEADER ? 200 : 401);
      response.end(`{"status":"error","error":"${request.headers.authorization}"}`);
      break;
    case "echo":
      response.writeHead(400).end(JSON.stringify({ error: `not you, ${request.headers.authorization}` }));
      break;
    case "hang":
      break;
    case "endless":
      response.writeHead(200);
      response.write('{"status":');
      break;
    case "flood": {
      response.writeHead(200);
      const more = () => response.write(" ".repeat(65_536), (error) => (error ? undefined : more()));
      more();
      break;
    }
    case "broken":
      response.writeHead(200, { "content-length": "1000" });
      response.write("{", () => response.destroy());
      break;
    case "closed":
      response.destroy();
      break;
    case "page":
      response.end("<html>");
      break;
    case "moved":
      redirect("/well");
      break;
    case "moved-token":
      redirect("token");
      break;
    case "away":
      redirect(`http://${elsewhere}/well?secret=1`);
      break;
    case "away-twice":
      redirect("/away");
      break;
    case "outside":
      redirect("/a/../hidden");
      break;
    case "odd":
      redirect("http://user:hunter2hunter2@127.0.0.1/");
      break;
    case "loop":
      redirect("/loop");
      break;
    default:
      response.writeHead(404).end();
  }
}
