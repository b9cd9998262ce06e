import { createServer } from "node:net";

// Below the range from which Linux takes the ports of outgoing connections (32768 and up), so that a
// server that is stopped finds its port free when it is started again.
const FIRST = 12_000;
const LAST = 32_000;

/** A port that nobody listens on at this moment, on `address`; somebody else may still be quicker. */
export async function findFreePort(address = "127.0.0.1"): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(address, port)) return port;
  }
  throw new Error(`no free port found between ${FIRST} and ${LAST} of ${address}`);
}

function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
