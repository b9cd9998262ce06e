import type { HostLabels } from "../../hosts/expand/host-labels.ts";
import { unlabelledIn, type Unlabelled } from "../../hosts/expand/unlabelled.ts";
import { foldShown } from "../fold-shown.ts";
import type { PlanNote } from "../plan-note.ts";
import { clip } from "../source/visible.ts";

/** Who has more of them does not read them all. */
const MOST_NOTES = 20;

/** Which hosts these expressions could not choose by a label, since they have none of its name. */
export function labelNotes(
  expressions: Iterable<string>,
  around: { readonly groups: ReadonlyMap<string, string>; readonly labels: HostLabels },
): readonly PlanNote[] {
  const notes: PlanNote[] = [];
  for (const found of unlabelledIn(expressions, around)) {
    const isMore = notes.length === MOST_NOTES;
    const message = isMore ? "there are more labels that some hosts lack" : textOf(found);
    notes.push({ kind: "hostsLeftOut", warning: false, message });
    if (isMore) break;
  }
  return notes;
}

function textOf({ written, label, hosts, of }: Unlabelled): string {
  const from = clip(written);
  const one = hosts.length === 1;
  return `${hosts.length} of the ${of} host${of === 1 ? "" : "s"} of ${from} ${one ? "has" : "have"} no label "${label}" and ${one ? "is" : "are"} not chosen by ${from}{${label}=…}: ${foldShown(hosts)}`;
}
