import type { HostLabels } from "../../hosts/expand/host-labels.ts";
import { unlabelledIn } from "../../hosts/expand/unlabelled.ts";
import { foldHosts } from "../../hosts/fold/fold-hosts.ts";
import type { PlanNote } from "../plan-note.ts";
import { clip } from "../source/visible.ts";

/** Hosts that have no word for each other fold to a long text. */
const MOST_SHOWN = 400;

/** Which hosts these expressions could not choose by a label, since they have none of its name. */
export function labelNotes(
  expressions: Iterable<string>,
  around: { readonly groups: ReadonlyMap<string, string>; readonly labels: HostLabels },
): readonly PlanNote[] {
  return unlabelledIn(expressions, around).map(({ written, label, hosts, of }) => {
    const folded = foldHosts(hosts);
    const shown = folded.length > MOST_SHOWN ? `${folded.slice(0, MOST_SHOWN)}…` : folded;
    const from = clip(written);
    const one = hosts.length === 1;
    const message = `${hosts.length} of the ${of} host${of === 1 ? "" : "s"} of ${from} ${one ? "has" : "have"} no label "${label}" and ${one ? "is" : "are"} not chosen by ${from}{${label}=…}: ${shown}`;
    return { kind: "hostsLeftOut", warning: false, message };
  });
}
