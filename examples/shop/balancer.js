// node balancer.js HOST...: a small HTTP load balancer, for the demo. It asks the server of each HOST on
// ../HOST/shop.sock, prints the address of its own pages, and takes lbctl's orders on lb.sock in its folder.
import { EventEmitter, once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { text } from "node:stream/consumers";

const hosts = process.argv.slice(2).map((name) => ({ name, drained: false, inFlight: 0 }));
/** Tells the name of a host whenever a request there has ended. */
const ended = new EventEmitter().setMaxListeners(0);

const pages = createServer((asked, answer) => reply(answer, page(asked.url ?? "/")));
const orders = createServer((asked, answer) => reply(answer, obey(asked.url ?? "/")));

/** As kind as it can be: a request that a host has refused goes to the next one. One that it broke off may have had effect. */
async function page(path) {
  const refused = new Set();
  for (;;) {
    const [host] = hosts
      .filter((one) => !one.drained && !refused.has(one))
      .toSorted((a, b) => a.inFlight - b.inFlight);
    if (host === undefined) return { status: 503, body: "no host takes requests\n" };
    host.inFlight += 1;
    try {
      return await ask(host.name, path);
    } catch (error) {
      if (!["ECONNREFUSED", "ENOENT"].includes(error.code))
        return { status: 502, body: `${host.name} broke off: ${error.message}\n` };
      refused.add(host);
    } finally {
      host.inFlight -= 1;
      ended.emit(host.name);
    }
  }
}

function ask(name, path) {
  return new Promise((resolve, reject) => {
    const onward = request({ socketPath: `../${name}/shop.sock`, path, agent: false }, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode, body }), reject);
    });
    onward.on("error", reject);
    onward.end();
  });
}

/** /drain/HOST, /enable/HOST or /status. A drain is answered when no request is on its way to the host any more. */
async function obey(path) {
  const [, order = "", name] = path.split("/");
  if (order === "status") return { status: 200, body: hosts.map(statusLine).join("") };
  const host = hosts.find((one) => one.name === name);
  if (host === undefined) {
    const known = hosts.map((one) => one.name).join(", ");
    return { status: 404, body: `there is no host ${name} behind this balancer; it has ${known}\n` };
  }
  host.drained = order === "drain";
  while (host.drained && host.inFlight > 0) await once(ended, host.name);
  return { status: 200, body: "" };
}

function statusLine({ name, drained, inFlight }) {
  return `${name} ${drained ? "drained" : "enabled"}, ${inFlight} in flight\n`;
}

function reply(answer, content) {
  content.then(({ status, body }) => answer.writeHead(status, { connection: "close" }).end(body));
}

// Who started it is gone, perhaps already.
process.on("disconnect", () => process.exit());
if (process.channel === null) process.exit();
rmSync("lb.sock", { force: true });
await once(orders.listen("lb.sock"), "listening");
await once(pages.listen(0, "127.0.0.1"), "listening");
console.log(`http://127.0.0.1:${pages.address().port}/`);
