import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startLab, type Lab } from "./lab.ts";
import { submit } from "./rr-submit.ts";

const FLOW = join("examples", "demo.json");

/** The hosts of examples/demo.json, and the file in which each leaves its trace. */
const FLEET = [
  { prefix: "db", count: 10, trace: "installed", done: "installed pkg1" },
  { prefix: "api", count: 6, trace: "installed", done: "installed pkg2" },
  { prefix: "fe", count: 100, trace: "restarted", done: "restarted" },
];
const FAILING = "db7";

/** A flow of two slots on 116 hosts, of which one fails. */
export async function runFleetDemo(): Promise<number> {
  const total = FLEET.reduce((sum, { count }) => sum + count, 0);
  console.log(
    `Starting a lab of ${total} small SSH hosts, on this machine only, and running ${FLOW} on them with rr-submit.\n` +
      "Harmless: each host is a temporary folder, each command leaves a line in it, and all of it is removed at the end.\n",
  );
  const lab = await startLab({
    hosts: FLEET.flatMap(({ prefix, count }) => Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`)),
    failing: [FAILING],
  });
  try {
    const code = await submit(lab, FLOW);
    console.log(`\nWhat the hosts' folders hold:\n${traces(lab).join("\n")}`);
    return code;
  } finally {
    await lab.stop();
  }
}

function traces(lab: Lab): string[] {
  return FLEET.map(({ prefix, count, trace, done }) => {
    const hosts = lab.hosts
      .filter(({ name }) => name.replace(/\d+$/, "") === prefix)
      .map(({ name, home }) => ({ name, times: lineCount(join(home, trace)) }));
    const withTrace = hosts.filter(({ times }) => times > 0);
    const without = hosts.filter(({ times }) => times === 0).map(({ name }) => name);
    const often = withTrace.every(({ times }) => times === 1) ? "once each" : "some more than once";
    const missing = without.length > 0 && without.length <= 3 ? ` (not ${without.join(", ")})` : "";
    return `  ${prefix.padEnd(4)}${withTrace.length} of ${count} ${done}, ${often}${missing}`;
  });
}

function lineCount(file: string): number {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
}
