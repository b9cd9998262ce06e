// Makes the man pages rr-submit(1), rr-worker(1), rr-coordinator(1) and rr-flow(5) of the same tables and schemas that --help and the check
// of a flow read, and puts the schemas and the systemd unit beside them: what the packages hold beside their programs.
// A part of `npm run build`.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flowJsonSchema, inventoryJsonSchema } from "../packages/core/dist/index.js";
import { environmentName } from "../packages/core/dist/cli/index.js";
import { coordinatorOptions } from "../packages/coordinator/dist/options/options.js";
import { commandsWith, FLOW } from "../packages/flow-client/dist/cli/commands.js";
import { jobOptions, pingOptions } from "../packages/flow-client/dist/one-line/job-options.js";
import { workerOptions } from "../packages/worker/dist/options/options.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const CLIENT = "packages/flow-client/dist";
const WORKER = "packages/worker/dist";
const COORDINATOR = "packages/coordinator/dist";
const { version } = JSON.parse(readFileSync(join(ROOT, "packages/flow-client/package.json"), "utf8"));

/** Text that roff shows as it is: its own sign, dashes that stay dashes, and no request at the start of a line. */
function roff(text) {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/^([.'])/gm, "\\&$1");
}

function page(name, section, what, parts) {
  const title = `.TH "${name.toUpperCase()}" "${section}" "" "Roadrunner ${version}" "Roadrunner"`;
  return [title, ".SH NAME", `${roff(name)} \\- ${roff(what)}`, ...parts.flat(), ""].join("\n");
}

function options(tables) {
  return tables.flatMap((table) =>
    Object.entries(table).flatMap(([name, { describe, defaultText, alias, flag }]) => [
      ".TP",
      `.B ${roff(`--${name}`)}${alias === undefined ? "" : roff(`, -${alias}`)}${flag === true ? "" : ` \\fIVALUE\\fR`}`,
      roff(defaultText === "" ? `${describe}.` : `${describe} [${defaultText}].`),
    ]),
  );
}

function examples(list = []) {
  return list.flatMap(([line, what]) => [".TP", `.B ${roff(line)}`, roff(`${what}.`)]);
}

function submitPage() {
  const commands = Object.entries(commandsWith({ run: jobOptions(), ping: pingOptions() }));
  const shared = new Set();
  const parts = commands.map(([name, { usage, describe, tables, examples: list }]) => {
    // What several commands take is told where it comes first.
    const own = tables.map((table) =>
      Object.fromEntries(Object.entries(table).filter(([option]) => !shared.has(option))),
    );
    const before = tables.flatMap((table) => Object.keys(table)).filter((option) => shared.has(option));
    for (const table of tables) for (const option of Object.keys(table)) shared.add(option);
    return [
      `.SS "rr\\-submit ${roff(usage)}"`,
      roff(`${describe}.`),
      ...options(own),
      ...(name === FLOW || before.length === 0
        ? []
        : [".PP", roff(`As above: ${before.map((option) => `--${option}`).join(", ")}.`)]),
      ...examples(list),
    ];
  });
  return page("rr-submit", 1, "run one command on many hosts, in order", [
    [".SH SYNOPSIS", ...commands.map(([, { usage }]) => `.B rr\\-submit\n${roff(usage)}\n.br`)],
    [".SH COMMANDS", ...parts.flat()],
    environment(),
    [
      ".SH FILES",
      roff("~/.config/roadrunner/config.yaml: defaults of options, by their names."),
      ".br",
      roff("~/.local/state/roadrunner/runs: the journals of runs."),
    ],
    [
      ".SH EXIT STATUS",
      roff(
        "0 succeeded; 1 failed; 2 usage, or a fault in a file; 3 no job server or worker; 70 a bug; 130 stopped.",
      ),
    ],
    [".SH SEE ALSO", roff("rr-worker(1), rr-coordinator(1), rr-flow(5)")],
  ]);
}

function environment() {
  const example = environmentName("max-output");
  return [
    ".SH ENVIRONMENT",
    roff(
      `Every option may stand in the environment, such as --max-output as ${example}. The command line goes first; options of a job are read from it alone.`,
    ),
  ];
}

function workerPage() {
  return page("rr-worker", 1, "take Roadrunner's tasks from a Gearman job server and run them over SSH", [
    [".SH SYNOPSIS", ".B rr\\-worker", "[options]"],
    [".SH OPTIONS", ...options([workerOptions])],
    environment(),
    [
      ".SH SIGNALS",
      roff("SIGTERM, SIGINT: takes nothing more and leaves when what runs has ended; again: leaves at once."),
    ],
    [".SH SEE ALSO", roff("rr-submit(1), rr-flow(5)")],
  ]);
}

function coordinatorPage() {
  return page("rr-coordinator", 1, "carry runs of Roadrunner that are handed over, and remember them", [
    [".SH SYNOPSIS", ".B rr\\-coordinator", "[options]"],
    [".SH OPTIONS", ...options([coordinatorOptions])],
    environment(),
    [
      ".SH SIGNALS",
      roff(
        "SIGTERM, SIGINT: takes nothing new, leaves its runs open for whoever takes them over, and ends within 10 s; again: ends at once.",
      ),
    ],
    [
      ".SH FILES",
      roff("~/.local/state/roadrunner/store.db: the store, where no other is named."),
      ".br",
      roff("$XDG_RUNTIME_DIR/roadrunner/coordinator.sock: the socket on which it hears rr-submit."),
    ],
    [".SH SEE ALSO", roff("rr-submit(1), rr-worker(1)")],
  ]);
}

/** A field and what it means, and those of the object that it is. */
function fields(schema, root) {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    ".TP",
    `.B ${roff(name)}`,
    roff(descriptionOf(field, root) ?? name),
  ]);
}

function resolved(field, root) {
  const name = field.$ref?.replace("#/$defs/", "");
  return name === undefined ? field : { ...root.$defs[name], ...field };
}

function descriptionOf(field, root) {
  const { description, default: preset } = resolved(field, root);
  if (description === undefined) return undefined;
  return preset === undefined ? description : `${description} [${JSON.stringify(preset)}]`;
}

function itemsOf(field, root) {
  return resolved(resolved(field, root).items ?? {}, root);
}

function flowPage() {
  const flow = flowJsonSchema();
  const slot = itemsOf(flow.properties.slots, flow);
  const job = itemsOf(slot.properties.jobs, flow);
  const gate = itemsOf(job.properties.gates, flow);
  const undo = resolved(job.properties.undo, flow);
  const inventory = inventoryJsonSchema();
  return page("rr-flow", 5, "flows and inventories of Roadrunner, in JSON or YAML", [
    [".SH FLOW", ...fields(flow, flow)],
    [".SH SLOT", ...fields(slot, flow)],
    [".SH JOB", ...fields(job, flow)],
    [".SH STAGE", ...fields(itemsOf(job.properties.stages, flow), flow)],
    [".SH GATE", ...fields(gate, flow)],
    [".SH PROMETHEUS OF A GATE", ...fields(resolved(gate.properties.prometheus, flow), flow)],
    [".SH UNDO", ...fields(undo, flow)],
    [".SH INVENTORY", ...fields(inventory, inventory)],
    [
      ".SH HOST EXPRESSIONS",
      roff(
        "db[1-3,07], web[1-10/2], user@host:port, @group; a,b both, a!b without, a&b in both, a^b in one of them.",
      ),
    ],
    [".SH SEE ALSO", roff("rr-submit(1), rr-worker(1)")],
  ]);
}

function write(folder, name, text) {
  mkdirSync(join(ROOT, folder), { recursive: true });
  writeFileSync(join(ROOT, folder, name), text);
}

write(`${CLIENT}/man`, "rr-submit.1", submitPage());
write(`${CLIENT}/man`, "rr-flow.5", flowPage());
write(`${CLIENT}/schemas`, "flow.schema.json", `${JSON.stringify(flowJsonSchema(), undefined, 2)}\n`);
write(
  `${CLIENT}/schemas`,
  "inventory.schema.json",
  `${JSON.stringify(inventoryJsonSchema(), undefined, 2)}\n`,
);
write(`${WORKER}/man`, "rr-worker.1", workerPage());
write(`${COORDINATOR}/man`, "rr-coordinator.1", coordinatorPage());
cpSync(join(ROOT, "packaging/systemd"), join(ROOT, WORKER, "systemd"), { recursive: true });
