import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { makeCertificate } from "../doors/certificates.ts";
import type { ChildProgram } from "../support/child-program.ts";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { startCoordinator } from "../support/processes.ts";
import { Site } from "../support/site.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { ask } from "./ask.ts";

failOnLeftovers();

const read = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), "utf8");

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}
interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const rules = (parse(read("monitoring/alerts.yaml")) as Rules).groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(read("monitoring/grafana-dashboard.json")) as Dashboard;

let site: Site;
let coordinator: ChildProgram;
let home: TempDir;
/** Of a worker and a coordinator. */
let text: string;
beforeAll(async () => {
  const [port, ofCoordinator] = [await findFreePort(), await findFreePort()];
  site = await Site.start({ hosts: ["h1"], workers: 1, workerArgs: ["--metrics-port", String(port)] });
  home = makeTempDir("monitoring");
  // Over the network it has the most to tell.
  const { cert, key } = makeCertificate(home.path, "server");
  const allowed = join(home.path, "allowed_signers");
  writeFileSync(allowed, "");
  const args = [
    ...["--servers", site.gearmand.server, "--listen", `127.0.0.1:${await findFreePort()}`],
    ...["--tls-cert", cert, "--tls-key", key, "--allowed-signers", allowed],
  ];
  coordinator = startCoordinator([...args, "--metrics-port", String(ofCoordinator)], { home: home.path });
  await coordinator.waitFor("carrying runs");
  text = (await ask(port, "/metrics")).text + (await ask(ofCoordinator, "/metrics")).text;
});
afterAll(async () => {
  await coordinator.stop();
  home.remove();
  await site.stop();
});

/** Names and label values in an expression of PromQL, as far as our own use of it goes. */
function metricsIn(expr: string): string[] {
  return [...expr.matchAll(/\b(?:roadrunner|process|nodejs)_\w+/g)].map(([name]) => name);
}

/** A histogram that has seen nothing yet has no bucket to show, but says that it is one. */
function isBucketOfHistogram(name: string): boolean {
  return text.includes(`# TYPE ${name.replace(/_bucket$/, "")} histogram\n`);
}

/** Sample names, with the labels that have been seen of each. */
function samples(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const seen = found.get(name) ?? new Set();
    for (const [, label = "", value = ""] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      seen.add(label).add(`${label}=${value}`);
    }
    found.set(name, seen);
  }
  return found;
}

const expressions = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

describe("alerts and dashboard", () => {
  it.each(expressions)("%s asks for metrics that a running worker or coordinator has", (_, expr) => {
    const known = samples();
    const asked = metricsIn(expr).filter((name) => !isBucketOfHistogram(name));
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    expect(metricsIn(expr).length + Number(expr.startsWith("up{"))).toBeGreaterThan(0);
  });

  it("name label values that there are", () => {
    const known = samples().get("roadrunner_worker_tasks_total") ?? new Set();
    const asked = expressions.flatMap(([, expr]) =>
      [...expr.matchAll(/tasks_total\{(\w+)!?="(\w+)"\}/g)].map(([, label, value]) => `${label}=${value}`),
    );
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.filter((one) => !known.has(one))).toEqual([]);
  });

  it("each have a name of their own", () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe("docs/operations.md", () => {
  const operations = read("operations.md");

  it.each(rules.map(({ alert }) => alert))("says what to do about %s", (alert) => {
    expect(operations).toContain(`\`${alert}\``);
  });

  it("explains each metric of the programs' own, and names none that there is not", () => {
    const own = [...text.matchAll(/^# TYPE (roadrunner_\w+)/gm)].map(([, name = ""]) => name).sort();
    const named = [...operations.matchAll(/^\| `(roadrunner_\w+)/gm)].map(([, name = ""]) => name).sort();
    expect(named).toEqual(own);
    expect(new Set(named.map((name) => name.split("_")[1]))).toEqual(new Set(["worker", "coordinator"]));
  });

  it("explains each line that a worker logs, and none that it does not", () => {
    const sources = ["packages/worker/src", "packages/core/src/gearman"].map(sourceIn).join("\n");
    const logged = [...sources.matchAll(/og(?:ger)?\.(?:info|warn|error)\(\s*"([^"]+)"/g)].map(
      ([, line = ""]) => line,
    );
    expect(logged.length).toBeGreaterThan(10);
    const table = /^## What a worker logs\n(.*?)^## /ms.exec(operations)?.[1] ?? "";
    const rows = [...table.matchAll(/^\| (`.*?`) +\|/gm)].map(([, cell = ""]) => cell);
    const named = rows.flatMap((cell) => cell.split(", ")).map((name) => name.replaceAll("`", ""));
    expect(logged.filter((line) => !named.some((name) => matches(name, line)))).toEqual([]);
    const words = named
      .flatMap((name) => name.split("…"))
      .map((part) => part.replace("HOST:PORT", "").trim());
    expect(words.filter((part) => !sources.includes(part))).toEqual([]);
  });
});

/** The text of all sources below a folder of the repository. */
function sourceIn(folder: string): string {
  const root = fileURLToPath(new URL(`../../${folder}`, import.meta.url));
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(root, name), "utf8"))
    .join("\n");
}

/** `…` in a line of the table stands for what differs. */
function matches(name: string, line: string): boolean {
  const [start = "", ...rest] = name.split("…");
  return rest.length === 0 ? line === start : line.startsWith(start);
}
