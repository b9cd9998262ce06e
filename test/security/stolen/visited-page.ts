import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A page of the site; it knows which of its paths were asked for. */
export class VisitedPage {
  readonly visits: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.visits.push(request.url ?? "");
      response.writeHead(200).end();
    });
  }

  static async start(): Promise<VisitedPage> {
    const page = new VisitedPage();
    await new Promise<void>((resolve) => void page.#server.listen(0, "127.0.0.1", resolve));
    return page;
  }

  /** It ends with a slash. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}
