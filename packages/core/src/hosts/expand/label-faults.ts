import { shorten } from "../parse/host-name.ts";
import type { LabelChoice } from "../parse/parse-labels.ts";
import type { Fault } from "../problem.ts";
import { nearName } from "./group-faults.ts";
import type { LabelledMembers } from "./host-labels.ts";

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
/** Among so many one that is near is looked for. */
const MAX_COMPARED = 1000;

/** A label that none of these hosts has. */
export function noSuchLabel(written: string, label: string, { byLabel }: LabelledMembers): Fault {
  const message = `no host of ${shorten(written)} has the label "${shorten(label)}"`;
  const names = [...byLabel.keys()];
  const near = nearName(label, names.slice(0, MAX_COMPARED));
  if (near !== undefined) return { message, hint: `did you mean "${near}"?` };
  if (names.length > 0) return { message, hint: `their labels are ${listed(names)}` };
  return {
    message,
    hint: `an inventory says which labels a host has: labels: { ${label}: … }; of one of Ansible's, --labels ${label} takes it`,
  };
}

/** A value that none of these hosts has. */
export function noSuchValue(written: string, label: string, value: string, members: LabelledMembers): Fault {
  const { inOrder, byLowerCase } = members.valuesOf(label);
  const same = byLowerCase.get(value.toLowerCase());
  const known =
    same === undefined
      ? `there ${inOrder.length === 1 ? "is" : "are"} ${listed(inOrder)}`
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
