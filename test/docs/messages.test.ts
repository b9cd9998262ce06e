import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OUTCOMES } from "@roadrunner/core";
import { EXIT } from "../../packages/flow-client/src/usage/exit-codes.ts";
import { saidMessages } from "./said-messages.ts";

const page = readFileSync(new URL("../../docs/messages.md", import.meta.url), "utf8");

/** Sections whose first cells are no messages. */
const NO_MESSAGES = ["Exit codes of rr-submit", "Outcomes", "Faults in files, options and workloads"];

/** They say themselves where the fault stands and what would be right: the page tells of them together. */
const FAULTS_WITH_A_POSITION = [
  "core/src/flow/",
  "core/src/hosts/",
  "core/src/cli/",
  "core/src/work/",
  "core/src/contract/host-boot.ts",
  "core/src/contract/plan-schema.ts",
  "core/src/contract/workload.ts",
  "core/src/files/file-errors.ts",
  "core/src/gearman/connection/server-address.ts",
  "coordinator/src/cli/program.ts",
  "coordinator/src/doors/listen-address.ts",
  "coordinator/src/login/roles.ts",
  "coordinator/src/options/",
  "core/src/signing/pool-keys.ts",
  "core/src/signing/signers/signer-line.ts",
  "core/src/signing/signers/signer-options.ts",
  "engine/src/api/address.ts",
  "engine/src/api/hand-over.ts",
  "engine/src/api/host-port.ts",
  "flow-client/src/cli/",
  "flow-client/src/inventories/clustershell/",
  "flow-client/src/named-hosts/list-names.ts",
  "flow-client/src/one-line/",
  "flow-client/src/usage/",
  "worker/src/authority/options.ts",
  "worker/src/authority/policy.ts",
  "worker/src/files/named-files.ts",
  "worker/src/options/",
  "worker/src/program/check-task.ts",
  "worker/src/ssh/config/",
];

/** What a run or a plan looks like, shell for hosts, and what the API's description and the titles of its errors say. */
const OTHER_TEXTS = [
  "coordinator/src/server/described/openapi.ts",
  "coordinator/src/server/problems.ts",
  "coordinator/src/server/described/routes.ts",
  "core/src/rollout/plan/",
  "flow-client/src/ask-hosts/",
  "flow-client/src/reporters/",
  "worker/src/program/",
  "worker/src/ssh/openssh/askpass.ts",
  "worker/src/ssh/openssh/guard.ts",
];

/** The first cells of the tables under a heading. */
function firstCells(heading: string): string[] {
  const [, section = ""] = page.split(`## ${heading}\n`);
  const [rows = ""] = section.split("\n## ");
  return rows
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (-|message|outcome|code|what)/.test(line))
    .map((line) => (line.split("|")[1] ?? "").trim());
}

/** The fixed parts of messages that a section quotes. */
function quotedIn(heading: string): string[] {
  return firstCells(heading).flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
}

describe("docs/messages.md", () => {
  it("has every exit code and every outcome", () => {
    const codes = firstCells("Exit codes of rr-submit").map(Number);
    expect(codes).toEqual(Object.values(EXIT).toSorted((a, b) => a - b));
    expect(firstCells("Outcomes")).toEqual(OUTCOMES.map((outcome) => `\`${outcome}\``));
  });

  const said = saidMessages();
  const headings = [...page.matchAll(/^## (.*)$/gm)]
    .map((match) => match[1] ?? "")
    .filter((heading) => !NO_MESSAGES.includes(heading));

  it.each(headings)("quotes only what the programs say: %s", (heading) => {
    const quoted = quotedIn(heading);
    expect(quoted.length).toBeGreaterThan(3);
    expect(quoted.filter((message) => !said.some(({ text }) => text.includes(message)))).toEqual([]);
  });

  it("has all that the programs say", () => {
    const quoted = headings.flatMap(quotedIn);
    const others = [...FAULTS_WITH_A_POSITION, ...OTHER_TEXTS];
    for (const folder of others)
      expect(
        said.some(({ file }) => file.startsWith(folder)),
        folder,
      ).toBe(true);
    const missing = said
      .filter(({ isPart, file }) => !isPart && !others.some((folder) => file.startsWith(folder)))
      .filter(({ text }) => !quoted.some((message) => text.includes(message)))
      .map(({ text, file, line }) => `${file}:${line}: ${text}`);
    expect(said.length).toBeGreaterThan(800);
    expect(missing).toEqual([]);
  });
});
