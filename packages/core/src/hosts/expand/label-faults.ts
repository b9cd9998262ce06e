import { shorten } from "../parse/host-name.ts";
import type { LabelChoice } from "../parse/parse-labels.ts";
import type { Fault } from "../problem.ts";
import { nearName } from "./group-faults.ts";
import type { HostLabels, LabelIndex, LabelledMembers } from "./host-labels.ts";

/** Why hosts cannot be chosen by labels where no labels are known. */
export const UNKNOWN_HERE: Fault = {
  message: "hosts cannot be chosen by labels here, where none are known",
  hint: "name the hosts",
};

/** Why they cannot be where labels are being read. */
export const UNREAD: Fault = {
  message: "hosts cannot be chosen by labels here: labels are read from these very entries",
  hint: "name the hosts, or a group of them without { }",
};

const MAX_LISTED = 8;

/** A label that none of these hosts has. */
export function noSuchLabel(
  written: string,
  label: string,
  members: LabelledMembers,
  labels: HostLabels,
): Fault {
  const message = `no host of ${shorten(written)} has the label "${shorten(label)}"`;
  const here = [...labels.names].filter((name) => members.index(name).byValue.size > 0);
  const near = nearName(label, here);
  if (near !== undefined) return { message, hint: `did you mean "${near}"?` };
  if (here.length > 0) return { message, hint: `their labels are ${listed(here)}` };
  return {
    message,
    hint: `an inventory says which labels a host has: labels: { ${label}: … }; of one of Ansible's, --labels ${label} takes it`,
  };
}

/** A value that none of these hosts has. */
export function noSuchValue(written: string, label: string, value: string, { byValue }: LabelIndex): Fault {
  const values = [...byValue.keys()].toSorted(new Intl.Collator("en", { numeric: true }).compare);
  const same = values.find((known) => known.toLowerCase() === value.toLowerCase());
  const known =
    same === undefined
      ? `there ${values.length === 1 ? "is" : "are"} ${listed(values)}`
      : `did you mean ${same}?`;
  return { message: `no host of ${shorten(written)} has ${label}=${value}`, hint: known };
}

/** Labels that there are, but on no host together. */
export function notTogether(written: string, choices: readonly LabelChoice[]): Fault {
  const names = choices.map(({ name }) => name);
  return {
    message: `no host of ${shorten(written)} has all of these labels together: ${listed(names)}`,
    hint: "leave one of them out to see which hosts there are",
  };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED).join(", ");
  return names.length > MAX_LISTED ? `${shown}, … (${names.length})` : shown;
}
