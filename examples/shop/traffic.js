// node traffic.js URL: eight clients that ask for a page, and for the next one as soon as they have it, until they are
// told to stop (Ctrl-C). It says how many requests were answered and how many were lost.
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
let last;
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stopping.abort());
// Who started it is gone, perhaps already.
process.on("disconnect", () => process.exit());
if (process.channel === null) process.exit();

async function ask() {
  try {
    const status = await new Promise((resolve, reject) => {
      const asked = get(url, { agent: false, signal: AbortSignal.timeout(PATIENCE_MS) }, (answer) => {
        // Only a page that has come whole counts.
        text(answer).then(() => resolve(answer.statusCode), reject);
      });
      asked.on("error", reject);
    });
    if (status === 200) return true;
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

function tell() {
  const why = last === undefined ? "" : ` (the last one: ${last})`;
  console.log(`${count.answered} answered, ${count.lost} lost${why}`);
}

const clients = Array.from({ length: CLIENTS }, client);
const telling = setInterval(tell, TELLS_EVERY_MS);
await Promise.all(clients);
clearInterval(telling);
tell();
process.disconnect?.();
