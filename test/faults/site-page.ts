import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the page fails: by its status, by no answer, or by a connection that is cut. */
export const PAGE_FAULTS = ["status", "hang", "cut"] as const;
export type PageFault = (typeof PAGE_FAULTS)[number];

/** The page of the site that hosts serve, as gates see it. */
export class SitePage {
  readonly #server: Server;
  readonly #hanging = new Set<ServerResponse>();
  #fault: PageFault | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<SitePage> {
    const page: SitePage = new SitePage(createServer((_request, response) => page.#answer(response)));
    await new Promise<void>((resolve) => void page.#server.listen(0, "127.0.0.1", resolve));
    return page;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** From now on; undefined: it is well again. */
  set fault(fault: PageFault | undefined) {
    this.#fault = fault;
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }

  #answer(response: ServerResponse): void {
    if (this.#fault === "cut") response.destroy();
    else if (this.#fault === "hang") this.#hanging.add(response);
    else response.writeHead(this.#fault === "status" ? 503 : 200).end();
  }
}
