// lbctl drain HOST | enable HOST | latency MOST_MS | status: gives an order to the load balancer of this host. What it says
// comes from there. latency ends well when each host that takes requests answers within so many milliseconds.
import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";

const ORDERS = new Map([
  ["drain", /./],
  ["enable", /./],
  ["latency", /^\d+$/],
  ["status", /^$/],
]);
const [order, about = "", ...more] = process.argv.slice(2);
if (more.length > 0 || ORDERS.get(order)?.test(about) !== true) {
  console.error("lbctl: say drain HOST, enable HOST, latency MILLISECONDS or status");
  process.exit(2);
}

const path = `/${order}/${encodeURIComponent(about)}`;
try {
  const [answer] = await once(request({ socketPath: "lb.sock", path, agent: false }).end(), "response");
  const said = await text(answer);
  (answer.statusCode === 200 ? process.stdout : process.stderr).write(said);
  process.exitCode = answer.statusCode === 200 ? 0 : 1;
} catch (error) {
  console.error(`lbctl: no load balancer answers on this host: ${error.message}`);
  process.exitCode = 1;
}
