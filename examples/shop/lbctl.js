// lbctl drain HOST | enable HOST | status: gives an order to the load balancer of this host. What it says comes from there.
import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";

const [order, name, ...more] = process.argv.slice(2);
const takesName = order === "drain" || order === "enable";
if (more.length > 0 || (takesName ? !name : order !== "status" || name !== undefined)) {
  console.error("lbctl: say drain HOST, enable HOST or status");
  process.exit(2);
}

const path = takesName ? `/${order}/${encodeURIComponent(name)}` : "/status";
try {
  const [answer] = await once(request({ socketPath: "lb.sock", path, agent: false }).end(), "response");
  const said = await text(answer);
  (answer.statusCode === 200 ? process.stdout : process.stderr).write(said);
  process.exitCode = answer.statusCode === 200 ? 0 : 1;
} catch (error) {
  console.error(`lbctl: no load balancer answers on this host: ${error.message}`);
  process.exitCode = 1;
}
