// node traffic.js URL: eight clients that ask for a page, and for the next one as soon as they have it, until they are
// told to stop (Ctrl-C). It says how many requests were answered and how many were lost; of several versions of the page,
// how many each of them answered, and how long that took on average.
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

const CLIENTS = 8;
const TELLS_EVERY_MS = 1_000;
/** Nobody waits longer for a page. */
const PATIENCE_MS = 30_000;
const PAUSE_AFTER_LOSS_MS = 100;

const [url, ...more] = process.argv.slice(2);
if (url === undefined || more.length > 0) {
  console.error("traffic: say the URL of a page");
  process.exit(2);
}

const count = { answered: 0, lost: 0 };
/** By version: how many pages, and how long it took to have them all. */
const versions = new Map();
let last;
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopping.abort());
// Who started it is gone, perhaps already.
process.on("disconnect", () => process.exit());
if (process.channel === null) process.exit();

async function ask() {
  const since = performance.now();
  try {
    const { status, page } = await new Promise((resolve, reject) => {
      const asked = get(url, { agent: false, signal: AbortSignal.timeout(PATIENCE_MS) }, (answer) => {
        // Only a page that has come whole counts.
        text(answer).then((page) => resolve({ status: answer.statusCode, page }), reject);
      });
      asked.on("error", reject);
    });
    if (status === 200) {
      noteVersion(page, performance.now() - since);
      return true;
    }
    last = `status ${status}`;
  } catch (error) {
    last = error.message;
  }
  return false;
}

async function client() {
  while (!stopping.signal.aborted) {
    const got = await ask();
    count[got ? "answered" : "lost"] += 1;
    // All clients are at it.
    if (count.answered + count.lost === CLIENTS) tell();
    if (!got) await sleep(PAUSE_AFTER_LOSS_MS);
  }
}

function noteVersion(page, tookMs) {
  const [, version = "?"] = /^a page of ([^,]+),/.exec(page) ?? [];
  const seen = versions.get(version) ?? { pages: 0, tookMs: 0 };
  versions.set(version, { pages: seen.pages + 1, tookMs: seen.tookMs + tookMs });
}

function tell() {
  const why = last === undefined ? "" : ` (the last one: ${last})`;
  console.log(`${count.answered} answered, ${count.lost} lost${why}${versions.size > 1 ? byVersion() : ""}`);
}

function byVersion() {
  const each = [...versions].map(
    ([version, { pages, tookMs }]) => `${pages} by ${version} in ${(tookMs / pages / 1000).toFixed(2)} s`,
  );
  return `; ${each.join(", ")}`;
}

const clients = Array.from({ length: CLIENTS }, client);
const telling = setInterval(tell, TELLS_EVERY_MS);
await Promise.all(clients);
clearInterval(telling);
tell();
process.disconnect?.();
