import type { HostLabels } from "../../hosts/expand/host-labels.ts";
import { unlabelledIn } from "../../hosts/expand/unlabelled.ts";
import { foldShown } from "../fold-shown.ts";
import type { PlanNote } from "../plan-note.ts";
import { clip } from "../source/visible.ts";

/** Which hosts these expressions could not choose by a label, since they have none of its name. */
export function labelNotes(
  expressions: Iterable<string>,
  around: { readonly groups: ReadonlyMap<string, string>; readonly labels: HostLabels },
): readonly PlanNote[] {
  return unlabelledIn(expressions, around).map(({ written, label, hosts, of }) => {
    const from = clip(written);
    const one = hosts.length === 1;
    const message = `${hosts.length} of the ${of} host${of === 1 ? "" : "s"} of ${from} ${one ? "has" : "have"} no label "${label}" and ${one ? "is" : "are"} not chosen by ${from}{${label}=…}: ${foldShown(hosts)}`;
    return { kind: "hostsLeftOut", warning: false, message };
  });
}
