import { foldHosts } from "@roadrunner/core";
import type { JobStory } from "@roadrunner/engine/story";
import { clip } from "../text/safe-text.ts";

/** Which hosts handed over the same to later jobs, and what. */
export interface HandedOver {
  readonly hosts: string;
  /** `leader=db1 weight=3`. */
  readonly values: string;
}

const MOST_GROUPS = 50;
const MAX_WIDTH = 300;

/** The outputs of a job's tasks that ended ok, those of most hosts first; none where tasks are not told one by one. */
export function handedOver({ tasks }: Pick<JobStory, "tasks">): readonly HandedOver[] {
  const groups = new Map<string, string[]>();
  for (const { host, outcome, outputs } of tasks.values()) {
    const pairs = outcome === "ok" ? Object.entries(outputs ?? {}) : [];
    if (pairs.length === 0) continue;
    const values = pairs.map(([name, value]) => `${name}=${value}`).join(" ");
    const same = groups.get(values);
    if (same === undefined) groups.set(values, [host]);
    else same.push(host);
  }
  const sorted = [...groups].toSorted(([, a], [, b]) => b.length - a.length);
  const told = sorted.slice(0, MOST_GROUPS).map(([values, hosts]) => ({
    hosts: clip(foldHosts(hosts), MAX_WIDTH),
    values: clip(values, MAX_WIDTH),
  }));
  const rest = sorted.slice(MOST_GROUPS).flatMap(([, hosts]) => hosts);
  return rest.length === 0
    ? told
    : [...told, { hosts: clip(foldHosts(rest), MAX_WIDTH), values: "… (in the JSON report)" }];
}
