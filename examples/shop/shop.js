// shop restart | install VERSION | health: what an operator does to the server of a web host, in place of systemctl, apt-get
// and curl.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ANSWERS_AFTER_MS, noteVersion } from "./versions.js";

const BACK_WITHIN_MS = 30_000;

const acts = new Map([
  ["restart", restart],
  ["install", install],
  ["health", health],
]);
const [name, ...args] = process.argv.slice(2);
const act = acts.get(name);
if (act?.length !== args.length) fail("say restart, install VERSION or health", 2);
await act(...args);

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

async function install(version) {
  if (!ANSWERS_AFTER_MS.has(version))
    fail(`there is no version ${version}; there are ${[...ANSWERS_AFTER_MS.keys()].join(", ")}`);
  noteVersion(version);
  await restart();
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
