// What must be green at every commit: the parts of `npm run check`, as many at once as there are cores, the long ones
// first. Each part's output is shown whole when it has ended, and all of them are run, whatever fails.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Names of package.json's scripts; those of one row run one after another. */
const PARTS = [["test:unit"], ["build", "lint"], ["format:check"], ["types"], ["unused"], ["lint:shell"]];

const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Resolves with whether it went well. npm has put node_modules/.bin into PATH. */
function run(name) {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(scripts[name], { shell: true, stdio: ["ignore", "pipe", "pipe"] });
    const output = [];
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => output.push(chunk));
    child.on("close", (code, signal) => {
      process.stdout.write(Buffer.concat(output));
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      console.log(
        `${name}: ${code === 0 ? "ok" : `failed, ${signal ?? `exit code ${code}`}`} (${seconds} s)`,
      );
      resolve(code === 0);
    });
  });
}

const waiting = [...PARTS];
const failed = [];
async function runWaiting() {
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift())
    for (const name of part)
      if (!(await run(name))) {
        failed.push(name);
        break;
      }
}
await Promise.all(Array.from({ length: availableParallelism() }, runWaiting));
if (failed.length > 0) {
  console.error(`check failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
