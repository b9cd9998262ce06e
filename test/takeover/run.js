// npm run test:takeover -- --runs 300 [--seed N] [--side-by-side N] [--hosts N] [--faults N] [--within-s N] [--keep DIR]
//                          [--signed all|half|none] [--without worker,coordinator]
// Runs that coordinators carry while things happen to them: so many side by side for each seed, from this seed on.
// Build before: `npm run build`. With --without the programs are patched copies, whose faults are to be seen.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "30" },
    seed: { type: "string" },
    "side-by-side": { type: "string", default: "10" },
    hosts: { type: "string", default: "8" },
    faults: { type: "string", default: "16" },
    "within-s": { type: "string", default: "60" },
    keep: { type: "string" },
    signed: { type: "string", default: "half" },
    without: { type: "string" },
  },
});

function wholeNumber(name) {
  const text = values[name];
  if (/^\d{1,9}$/.test(text)) return Number(text);
  process.stderr.write(`--${name} takes a whole number, not ${JSON.stringify(text)}\n`);
  process.exit(2);
}

function oneOf(name, choices) {
  if (choices.includes(values[name])) return values[name];
  process.stderr.write(`--${name} takes one of ${choices.join(", ")}, not ${JSON.stringify(values[name])}\n`);
  process.exit(2);
}

// Fresh seeds each time, so that more runs see more; what is printed replays them.
const first = values.seed === undefined ? Math.floor(Date.now() / 1000) % 1_000_000 : wholeNumber("seed");
const sideBySide = wholeNumber("side-by-side");
const wanted = {
  seeds: Array.from({ length: Math.ceil(wholeNumber("runs") / sideBySide) }, (_, index) => first + index),
  runs: sideBySide,
  hosts: wholeNumber("hosts"),
  faults: wholeNumber("faults"),
  withinMs: 1000 * wholeNumber("within-s"),
  signed: oneOf("signed", ["all", "half", "none"]),
  without: values.without === undefined ? [] : values.without.split(","),
  ...(values.keep === undefined ? {} : { keep: values.keep }),
};
process.stdout.write(`takeover runs ${JSON.stringify(wanted)}\n`);
const child = spawn(
  "npx",
  [
    ...["vitest", "run", "test/takeover/seeds.test.ts", "--project", "integration"],
    "--disable-console-intercept=true",
  ],
  { stdio: "inherit", env: { ...process.env, RR_TAKEOVER: JSON.stringify(wanted) } },
);
child.once("exit", (code) => process.exit(code ?? 1));
