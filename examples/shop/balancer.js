// node balancer.js HOST...: a small HTTP load balancer, for the demo. It asks the server of each HOST on
// ../HOST/shop.sock, prints the address of its own pages, and takes lbctl's orders on lb.sock in its folder.
import { EventEmitter, once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { text } from "node:stream/consumers";

/** By so many answers of each host it is told how long they take. */
const MEASURED = 5;

/** `asked`: the turn at which it was asked last; `tookMs`: its last answers since it takes requests. */
const hosts = process.argv
  .slice(2)
  .map((name) => ({ name, drained: false, inFlight: 0, asked: 0, tookMs: [] }));
let turn = 0;
/** Tells "end" whenever a request to a host has ended. */
const requests = new EventEmitter().setMaxListeners(0);

const pages = createServer((asked, answer) => reply(answer, page(asked.url ?? "/")));
const orders = createServer((asked, answer) => {
  const gone = new AbortController();
  answer.on("close", () => gone.abort());
  reply(answer, obey(asked.url ?? "/", gone.signal));
});

/** As kind as it can be: a request that a host has refused goes to the next one. One that it broke off may have had effect. */
async function page(path) {
  const refused = new Set();
  for (;;) {
    const [host] = hosts
      .filter((one) => !one.drained && !refused.has(one))
      .toSorted((a, b) => a.inFlight - b.inFlight || a.asked - b.asked);
    if (host === undefined) return { status: 503, body: "no host takes requests\n" };
    host.inFlight += 1;
    host.asked = turn += 1;
    const { tookMs } = host;
    const since = performance.now();
    try {
      const answer = await ask(host.name, path);
      tookMs.push(performance.now() - since);
      if (tookMs.length > MEASURED) tookMs.shift();
      return answer;
    } catch (error) {
      if (!["ECONNREFUSED", "ENOENT"].includes(error.code))
        return { status: 502, body: `${host.name} broke off: ${error.message}\n` };
      refused.add(host);
    } finally {
      host.inFlight -= 1;
      requests.emit("end");
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

/** /drain/HOST, /enable/HOST, /latency/MS or /status, while who ordered it waits. */
async function obey(path, signal) {
  const [, order = "", about] = path.split("/");
  if (order === "status") return { status: 200, body: hosts.map(statusLine).join("") };
  if (order === "latency") return latency(Number(about), signal);
  const host = hosts.find((one) => one.name === about);
  if (host === undefined) {
    const known = hosts.map((one) => one.name).join(", ");
    return { status: 404, body: `there is no host ${about} behind this balancer; it has ${known}\n` };
  }
  // What it took before says nothing of what it may be now.
  if (host.drained && order === "enable") host.tookMs = [];
  host.drained = order === "drain";
  // A drain is answered when no request is on its way to the host any more.
  while (host.drained && host.inFlight > 0) await once(requests, "end", { signal });
  return { status: 200, body: "" };
}

/** Of each host by itself: among the answers of all, those of one slow host of many are not seen. */
async function latency(mostMs, signal) {
  const enabled = () => hosts.filter((one) => !one.drained);
  // A host that was enabled just now has not shown yet what it is like.
  while (!enabled().every(({ tookMs }) => tookMs.length === MEASURED))
    await once(requests, "end", { signal });
  const [slowest] = enabled()
    .map(({ name, tookMs }) => ({ name, ms: Math.round(median(tookMs)) }))
    .toSorted((a, b) => b.ms - a.ms);
  if (slowest === undefined) return { status: 503, body: "no host takes requests\n" };
  const { name, ms } = slowest;
  if (ms > mostMs) return { status: 503, body: `${name} takes ${ms} ms, more than ${mostMs}\n` };
  return { status: 200, body: `the slowest host, ${name}, takes ${ms} ms, at most ${mostMs}\n` };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function statusLine({ name, drained, inFlight }) {
  return `${name} ${drained ? "drained" : "enabled"}, ${inFlight} in flight\n`;
}

function reply(answer, content) {
  content.then(
    ({ status, body }) => answer.writeHead(status, { connection: "close" }).end(body),
    (error) => {
      // Nobody waits for it any more.
      if (error.name !== "AbortError") throw error;
    },
  );
}

// Who started it is gone, perhaps already.
process.on("disconnect", () => process.exit());
if (process.channel === null) process.exit();
rmSync("lb.sock", { force: true });
await once(orders.listen("lb.sock"), "listening");
await once(pages.listen(0, "127.0.0.1"), "listening");
console.log(`http://127.0.0.1:${pages.address().port}/`);
