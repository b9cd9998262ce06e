// shop restart | health: what an operator does to the server of a web host, in place of systemctl and curl.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const BACK_WITHIN_MS = 30_000;

const acts = { restart, health };
const act = process.argv.length === 3 ? acts[process.argv[2]] : undefined;
if (act === undefined) fail("say restart or health", 2);
await act();

/** Ends the server; what looks after it starts it again. It is back when that has begun, and not well yet. */
async function restart() {
  const { pid } = server();
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    fail("the server does not run");
  }
  for (const end = Date.now() + BACK_WITHIN_MS; server().pid === pid; await sleep(20))
    if (Date.now() > end) fail("the server was not started again");
}

async function health() {
  const { listen } = server();
  const to = /^\d+$/.test(listen) ? { port: Number(listen) } : { socketPath: listen };
  const asked = request({ ...to, path: "/health", agent: false }, (answer) => {
    if (answer.statusCode !== 200) fail(`the server is not well: status ${answer.statusCode}`);
    answer.resume();
  });
  asked.on("error", (error) => fail(`the server does not answer: ${error.message}`));
  asked.end();
}

/** What the server has written down when it was started. */
function server() {
  try {
    return JSON.parse(readFileSync("shop.json", "utf8"));
  } catch (error) {
    return fail(`no server was ever started here: ${error.message}`);
  }
}

function fail(why, code = 1) {
  console.error(`shop: ${why}`);
  process.exit(code);
}
