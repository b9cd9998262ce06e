// npm run bench [-- PART ...] [--rounds N] [--out DIR]
// Measures parts of Roadrunner beside their peers, and writes a table (Markdown and JSON) of each. Build before.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = fileURLToPath(new URL(".", import.meta.url));
const known = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".measure.ts"))
  .map((path) => path.replace(/^.*\//, "").replace(".measure.ts", ""))
  .toSorted();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    out: { type: "string", default: "bench-results" },
  },
});
const unknown = positionals.filter((part) => !known.includes(part));
if (unknown.length > 0 || !/^[1-9]\d{0,3}$/.test(values.rounds)) {
  process.stderr.write(`npm run bench [-- PART ...] [--rounds N] [--out DIR]; parts: ${known.join(", ")}\n`);
  process.exit(2);
}
const child = spawn(
  "npx",
  [
    ...["vitest", "run", "--project", "bench", "--no-file-parallelism"],
    "--disable-console-intercept=true",
    ...positionals.map((part) => `/${part}.measure.ts`),
  ],
  { stdio: "inherit", env: { ...process.env, RR_BENCH_ROUNDS: values.rounds, RR_BENCH_OUT: values.out } },
);
child.once("exit", (code) => process.exit(code ?? 1));
