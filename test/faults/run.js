// npm run test:faults -- --runs 200 [--first-seed N] [--hosts N] [--faults N] [--within-s N] [--keep DIR]
//                        [--repeatable] [--signed all|half|none] | --seed N
// Many fault runs one after another, each by its seed. Build before: `npm run build`.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    "first-seed": { type: "string" },
    seed: { type: "string" },
    hosts: { type: "string", default: "100" },
    faults: { type: "string", default: "10" },
    "within-s": { type: "string", default: "15" },
    keep: { type: "string" },
    repeatable: { type: "boolean", default: false },
    signed: { type: "string", default: "half" },
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
const first =
  values["first-seed"] === undefined ? Math.floor(Date.now() / 1000) % 1_000_000 : wholeNumber("first-seed");
const seeds =
  values.seed === undefined
    ? Array.from({ length: wholeNumber("runs") }, (_, index) => first + index)
    : [wholeNumber("seed")];
const wanted = {
  seeds,
  hosts: wholeNumber("hosts"),
  faults: wholeNumber("faults"),
  withinMs: 1000 * wholeNumber("within-s"),
  repeatable: values.repeatable,
  signed: oneOf("signed", ["all", "half", "none"]),
  ...(values.keep === undefined ? {} : { keep: values.keep }),
};
process.stdout.write(`fault runs ${JSON.stringify(wanted)}\n`);
const child = spawn(
  "npx",
  [
    ...["vitest", "run", "test/faults/seeds.test.ts", "--project", "integration"],
    "--disable-console-intercept=true",
  ],
  { stdio: "inherit", env: { ...process.env, RR_FAULTS: JSON.stringify(wanted) } },
);
child.once("exit", (code) => process.exit(code ?? 1));
