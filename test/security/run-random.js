// npm run test:attacks -- --runs 100000 [--first-seed N] | [--only SUITE] --seed N
// Random attacks on everything that takes what others send, each by its seed. Build before: `npm run build`.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "10000" },
    "first-seed": { type: "string" },
    seed: { type: "string" },
    only: { type: "string" },
  },
});

function wholeNumber(name) {
  const text = values[name];
  if (/^\d{1,9}$/.test(text)) return Number(text);
  process.stderr.write(`--${name} takes a whole number, not ${JSON.stringify(text)}\n`);
  process.exit(2);
}

// Fresh seeds each time, so that more runs see more; what is printed replays them.
const wanted = {
  runs: wholeNumber("runs"),
  firstSeed:
    values["first-seed"] === undefined
      ? Math.floor(Date.now() / 1000) % 1_000_000
      : wholeNumber("first-seed"),
  ...(values.seed === undefined ? {} : { seed: wholeNumber("seed") }),
  ...(values.only === undefined ? {} : { only: values.only }),
};
process.stdout.write(`random attacks ${JSON.stringify(wanted)}\n`);
const child = spawn("npx", ["vitest", "run", "test/security/random-", "--project", "integration"], {
  stdio: "inherit",
  env: { ...process.env, RR_ATTACKS: JSON.stringify(wanted) },
});
child.once("exit", (code) => process.exit(code ?? 1));
