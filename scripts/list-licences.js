// Writes docs/licences.md: what is installed with Roadrunner, and under which licences. Run it after a change of
// dependencies: node scripts/list-licences.js. With --print [LOCK] it prints the page instead. Exit code 1: a licence
// that nobody has looked at. A test holds the page to package-lock.json.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);
const PAGE = fileURLToPath(new URL("docs/licences.md", ROOT));

/** Licences that may come in without a word: they ask for their text to be passed on, and for nothing else. */
const PERMISSIVE = ["MIT", "ISC", "BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD", "Unlicense"];

/** Packages whose own words were read, since their package.json says nothing, or nothing that is a licence's name. */
const READ = {
  precond: { licence: "MIT", note: "as its README and index.js say" },
  "standard-error": {
    licence: "AGPL-3.0-or-later",
    note:
      "with an additional permission under section 7: what links it is not for that reason subject to the AGPL. " +
      "Its package.json calls that LAGPL. It comes with abraxas, and is used unchanged; whoever passes on a changed " +
      "one has to pass on its source",
  },
};

/** Everything that `npm install` of our packages brings, sorted by name and version. */
function dependencies(lockFile) {
  const lock = JSON.parse(readFileSync(lockFile, "utf8"));
  const found = new Map();
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (!path.includes("node_modules/") || entry.dev || entry.link) continue;
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    found.set(`${name} ${entry.version}`, {
      name,
      version: entry.version,
      licence: licenceOf(name, path, entry),
    });
  }
  return [...found.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Licences that nobody has looked at yet, with their packages. */
function unknownLicences(list) {
  return list
    .filter(({ name, licence }) => !(name in READ) && !PERMISSIVE.includes(licence))
    .map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
}

function pageOf(list) {
  const counts = new Map();
  for (const { licence } of list) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  const told = [...counts].sort(([a, many], [b, few]) => few - many || (a < b ? -1 : 1));
  const notes = list
    .filter(({ name }) => name in READ)
    .map(({ name }) => `- \`${name}\`: ${READ[name].licence}, ${READ[name].note}.`);
  return [
    "# Licences of what is installed with Roadrunner",
    "",
    "Roadrunner itself is under the [BSD 3-Clause licence](../LICENSE). Its packages bring these, directly or not.",
    "Made by `node scripts/list-licences.js`; a test fails when a licence comes in that nobody has looked at.",
    "",
    ...notes,
    "",
    ...table(
      ["licence", "packages"],
      told.map(([licence, count]) => [licence, String(count)]),
    ),
    "",
    ...table(
      ["package", "version", "licence"],
      list.map(({ name, version, licence }) => [name, version, licence]),
    ),
    "",
  ].join("\n");
}

function licenceOf(name, path, entry) {
  const written = READ[name]?.licence ?? entry.license;
  if (written !== undefined) return written;
  // The old form, which package-lock.json leaves out.
  const own = JSON.parse(readFileSync(new URL(`${path}/package.json`, ROOT), "utf8"));
  const types = (own.licenses ?? []).map(({ type }) => type);
  return types.length === 0 ? "not said" : types.join(" or ");
}

function order({ name, version }) {
  return `${name} ${version}`;
}

/** As prettier aligns it. */
function table(head, rows) {
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)];
}

const [how, lockFile = new URL("package-lock.json", ROOT)] = process.argv.slice(2);
const list = dependencies(lockFile);
const unknown = unknownLicences(list);
if (how === "--print") process.stdout.write(pageOf(list));
else writeFileSync(PAGE, pageOf(list));
if (unknown.length > 0) {
  const cure =
    "Read them, then add them to PERMISSIVE or READ in scripts/list-licences.js, or leave the package out.";
  process.stderr.write(`Licences that nobody has looked at: ${unknown.join("; ")}. ${cure}\n`);
  process.exitCode = 1;
}
