// Bundles the programs into packages/{flow-client,worker,coordinator}/dist/bundle, which bin/ loads: a few files in place
// of some six hundred modules, since finding and reading those was most of a start. A part of `npm run build`.
// Nothing is minified: a stack trace names our functions, and above each module's code stands its path.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

const PROGRAMS = [
  { name: "rr-submit", folder: "packages/flow-client" },
  { name: "rr-worker", folder: "packages/worker" },
  {
    name: "rr-coordinator",
    folder: "packages/coordinator",
    // What it starts as a thread is asked for by its name.
    threads: { "hand-over-thread": "src/server/hand-over/hand-over-thread.ts" },
    // Parts of the API that share one zod with it; one of them comes without the text of its licence.
    outside: ["@hono/zod-openapi", "hono", "zod"],
  },
];

/**
 * Left where npm installs them, and so among the `dependencies` of the packages that need them. ssh2, libsql and pg load
 * native code where there is some; winston and prom-client are loaded late or by what serves alone; abraxas and what it
 * shares with gearman-packet have a part whose licence wants it passed on unchanged and by itself. pgpass brings no text of its
 * licence that a bundle could pass on.
 */
const OUTSIDE = ["abraxas", "gearman-packet", "libsql", "pg", "pgpass", "ssh2", "winston", "prom-client"];

for (const { name, folder, outside = [], threads = {} } of PROGRAMS) {
  const entries = { [name]: "src/main.ts", ...threads };
  const bundle = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(
      Object.entries(entries).map(([entry, file]) => [entry, join(ROOT, folder, file)]),
    ),
    platform: "node",
    external: new RegExp(`^(${[...OUTSIDE, ...outside].join("|")})(/|$)`),
    resolve: {
      conditionNames: ["rr-source", "node", "import", "default"],
      // jsonc-parser names its ES modules there alone; its other build asks for its parts in a way that cannot be bundled.
      mainFields: ["module", "main"],
    },
    onLog(level, log) {
      if (level === "warn") throw new Error(`${name}: ${log.message}`);
    },
  });
  const dir = join(ROOT, folder, "dist/bundle");
  rmSync(dir, { recursive: true, force: true });
  const { output } = await bundle.write({ dir, format: "esm", chunkFileNames: "[name]-[hash].js" });
  await bundle.close();
  writeFileSync(join(dir, "licences.txt"), licencesOf(output.flatMap((chunk) => chunk.moduleIds ?? [])));
}

/** What was bundled of others, with the texts of their licences: these ask for being passed on with the code. */
function licencesOf(modules) {
  const folders = new Set(
    modules.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  return [...folders]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e\b/i.test(entry));
      if (file === undefined) throw new Error(`${relative(ROOT, folder)} has no text of its licence`);
      return `${name} ${version}: ${license}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
