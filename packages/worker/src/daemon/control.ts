import { defined, WIRE_VERSION, type ControlAnswer, type ControlMessage } from "@roadrunner/core";
import { isStatusQuestion, type GivenMessage } from "../authority/authority.ts";
import { logged, ownerOf, personOf, sayerOf, type Signer } from "../authority/owner.ts";
import { loggedOfRefused } from "../authority/refusal.ts";
import type { SharedParts } from "./shared-parts.ts";
import { learn } from "./task/whose-run.ts";

/** To whoever cannot seal, or not in time: how the worker stands is told in numbers only, which anybody may ask for. */
export function refuseUnopened(shared: SharedParts, text: string, reason: string): ControlAnswer {
  if (!isStatusQuestion(text)) shared.log.warn("refused a control message", { reason });
  return { ...standingOf(shared, "sealed"), ok: false, reason };
}

/** Does what a control message says, at once; the answer tells how the worker stands. */
export function answerControl(shared: SharedParts, message: GivenMessage, state: string): ControlAnswer {
  const admitted = shared.authority.control(message, Date.now());
  const standing = standingOf(shared, state);
  if (!admitted.ok) {
    const { reason } = admitted.error;
    shared.log.warn("refused a control message", { reason, ...loggedOfRefused(admitted.error) });
    return { ...standing, ok: false, reason };
  }
  const { value: control, signer } = admitted.value;
  switch (control.type) {
    case "status":
      return { ...standing, ok: true };
    case "epoch":
      return { ...standing, ...announced(shared, control, signer) };
    case "kill":
    case "revoke":
      heldBack(shared, control, signer);
      return { ...standing, ok: true };
  }
}

type Told<Type> = Extract<ControlMessage, { readonly type: Type }>;

/** Who announces an epoch that is over learns so. */
function announced(
  shared: SharedParts,
  control: Told<"epoch">,
  signer: Signer | undefined,
): Pick<ControlAnswer, "ok" | "reason" | "clockMs"> {
  const owner = signer && ownerOf(signer);
  learn(shared, control, defined({ owner, person: signer && personOf(signer) }));
  const refusal = shared.epochs.overtaken(control, owner);
  return { ok: refusal === undefined, ...defined({ reason: refusal?.reason }), clockMs: Date.now() };
}

function heldBack(shared: SharedParts, control: Told<"kill" | "revoke">, signer: Signer | undefined): void {
  shared.revocations.add(control, signer && sayerOf(signer), signer && personOf(signer));
  if (control.type === "revoke") shared.running.revoke(control);
  const killed =
    control.type === "kill" ? shared.running.kill(control, "killed by a stop or the job's deadline") : 0;
  shared.log.info(control.type === "kill" ? "killing tasks" : "revoked tasks", {
    run: control.run,
    jobs: control.jobs?.join(","),
    stages: control.stages?.join(","),
    killed,
    ...logged(signer),
  });
}

function standingOf(shared: SharedParts, state: string): Omit<ControlAnswer, "ok"> {
  const { connections, carriers } = shared.hosts.stats();
  return {
    v: WIRE_VERSION,
    worker: shared.workerId,
    version: shared.version,
    places: shared.places,
    running: shared.running.size,
    ...(connections === 0 ? {} : { connections: carriers }),
    state,
  };
}
