import { foldHosts } from "@roadrunner/core";
import type { JobAnswers } from "./answers.ts";
import { clip, safeLine, safeText } from "../reporters/text/safe-text.ts";
import { counted } from "../reporters/text/words.ts";

const MAX_WIDTH = 300;
const MAX_FOLDED_WIDTH = 1000;

/** Who would change, who not, and who could not be asked and why. */
export function answersText(name: string, jobs: readonly JobAnswers[]): readonly string[] {
  const asked = jobs.filter(({ unless }) => unless !== undefined);
  const lines = [`flow ${safeLine(name)}: ${counted(asked.length, "job")} of ${jobs.length} asked`];
  for (const { name: job, unless, stage, would, as, unasked } of jobs) {
    if (unless === undefined) {
      lines.push("", `${job}: no unless, would run on all ${hostsText(would)}`);
      continue;
    }
    const what = stage === undefined ? job : `${job}, its first stage ${safeLine(stage)}`;
    lines.push("", `${what}, unless ${clip(safeText(unless).replaceAll("\n", " ⏎ "), MAX_WIDTH)}`);
    lines.push(`  would run on ${hostsText(would)}`, `  not needed on ${hostsText(as)}`);
    for (const { reason, hosts } of unasked)
      lines.push(clip(`  no answer of ${hostsText(hosts)}: ${safeLine(reason)}`, MAX_FOLDED_WIDTH));
  }
  if (jobs.length > 1)
    lines.push("", "All are asked as they are now: what an earlier job changes is not seen by a later one.");
  return lines;
}

function hostsText(hosts: readonly string[]): string {
  const folded = hosts.length === 0 ? "" : `: ${clip(foldHosts([...hosts]), MAX_FOLDED_WIDTH)}`;
  return `${counted(hosts.length, "host")}${folded}`;
}
