import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { generatedConfig, HOSTS } from "./generated-config.ts";
import { resolvedByOpenSsh, resolvedByUs, type Resolution } from "./openssh-resolution.ts";

failOnLeftovers();

const PAIRS = 200;
const temp = makeTempDir("ssh-config");
afterAll(() => temp.remove());

test("generated configs and hosts are resolved as ssh -G does", { timeout: 600_000 }, () => {
  const [main, included] = [join(temp.path, "main"), join(temp.path, "included")];
  let refused = 0;
  const found: string[] = [];
  const pairs = fc.sample(fc.tuple(generatedConfig, fc.constantFrom(...HOSTS)), {
    numRuns: PAIRS,
    seed: 20_261_124,
  });
  for (const [config, host] of pairs) {
    const text = config.main.replaceAll("INCLUDE", included);
    writeFileSync(main, text, { mode: 0o600 });
    writeFileSync(included, config.included, { mode: 0o600 });
    const theirs = resolvedByOpenSsh(main, host);
    if (theirs === "refused") refused += 1;
    const differences = differencesOf(resolvedByUs(main, host), theirs);
    if (differences.length > 0)
      found.push(`host ${host}: ${differences.join("; ")}\n${text}\nincluded:\n${config.included}`);
  }
  expect(found.slice(0, 5).join("\n----\n")).toBe("");
  // The generator must not drift into configs that nobody can read.
  expect(refused).toBeLessThan(PAIRS / 2);
  expect(refused).toBeGreaterThan(0);
});

/** Each field as "name: ours, not theirs". */
function differencesOf(ours: Resolution, theirs: Resolution): string[] {
  if (ours === "refused" || theirs === "refused")
    return ours === theirs ? [] : [`${show(ours)}, not ${show(theirs)}`];
  return Object.keys(theirs)
    .filter((field) => ours[field] !== theirs[field])
    .map((field) => `${field}: ${ours[field]}, not ${theirs[field]}`);
}

function show(resolution: Resolution): string {
  return resolution === "refused" ? resolution : "accepted";
}
