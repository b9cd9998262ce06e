import {
  fail,
  defined,
  MAX_WORKLOAD_BYTES,
  parseControl,
  parseGateQuestion,
  parseWorkload,
  succeed,
  type ControlMessage,
  type GateQuestion,
  type Result,
  type Workload,
} from "@roadrunner/core";
import { CheckedFile } from "@roadrunner/core/files";
import {
  claimedIn,
  openEnvelope,
  type CheckedMessage,
  type MessageKind,
  type ShareBounds,
} from "@roadrunner/core/signing";
import { FreshMessages } from "./fresh-messages.ts";
import { outsideLimit, type HostLimit } from "./host-limit.ts";
import { localFault, type LocalLimit } from "./local-limit.ts";
import { clientOf, nameOf, type OwnedWorkload, type Signer } from "./owner.ts";
import {
  defaultPorts,
  gateFault,
  outsidePorts,
  outsideUsers,
  parsePolicy,
  policyFault,
  type PolicyRule,
  type PortLimit,
  type UserLimit,
} from "./policy.ts";
import type { Refusal } from "./refusal.ts";
import {
  foreignFault,
  misplacedFault,
  OTHER_RUN,
  owned,
  plannedFault,
  plannedQuestionFault,
} from "./signed-for.ts";
import { wantedOf, type DoorOf } from "./wanted.ts";
import { SignatureCheck } from "./signature-check.ts";
import { floodRefusal, sourceOf } from "./whose-share.ts";

/** A body's quotes and backslashes are doubled where it travels as a string; the rest is certificates, a signed plan and header. */
const MAX_ENVELOPE_BYTES = 2 * MAX_WORKLOAD_BYTES + 65_536;
/** Clocks that differ are told of once in this time. */
const TELL_SKEW_EVERY_MS = 60_000;

export interface AuthorityOptions {
  /** OpenSSH's file of those who may; absent: nothing need be signed. */
  readonly allowedSigners?: string;
  /** Keys and certificates that may sign no more; needs `allowedSigners`. */
  readonly revokedSigners?: string;
  /** Who may do what where; needs `allowedSigners`. */
  readonly policy?: string;
  readonly hosts: HostLimit;
  readonly users: UserLimit;
  /** Default: where hosts are limited, none but ssh_config's. */
  readonly ports?: PortLimit;
  /** Whether tasks may run on the worker's own box: as whom they like, or only as another user than the worker's. */
  readonly local?: LocalLimit;
  /** How many messages are remembered, of whom. */
  readonly shares?: ShareBounds;
}

/** A message as Gearman gave it. */
export interface GivenMessage {
  readonly text: string;
  readonly functionName: string;
  readonly unique: string;
}

export interface Admitted<T> {
  readonly value: T;
  readonly signer?: Signer;
  /** The clocks of client and worker are this far apart; told now and then. */
  readonly skewMs?: number;
}

/** Decides whether a message that came through Gearman is acted upon: whether it is signed by one who may. */
export class Authority {
  readonly #options: AuthorityOptions;
  readonly #signatures: SignatureCheck | undefined;
  readonly #policy: CheckedFile<readonly PolicyRule[]> | undefined;
  readonly #fresh: FreshMessages;
  #toldSkewMs = Number.NEGATIVE_INFINITY;

  private constructor(options: AuthorityOptions) {
    this.#options = options;
    const { allowedSigners, revokedSigners, policy, shares } = options;
    this.#fresh = new FreshMessages(shares);
    this.#signatures =
      allowedSigners === undefined ? undefined : new SignatureCheck(allowedSigners, revokedSigners);
    this.#policy = policy === undefined ? undefined : CheckedFile.ofText(policy, parsePolicy);
  }

  /** Reads the files; every problem in them is an error, with file and line. */
  static open(options: AuthorityOptions): Result<Authority, readonly string[]> {
    if (options.policy !== undefined && options.allowedSigners === undefined)
      return fail(["--policy says what each principal may; without --allowed-signers there are none"]);
    if (options.revokedSigners !== undefined && options.allowedSigners === undefined)
      return fail(["--revoked-signers takes out of --allowed-signers, which is not given"]);
    const authority = new Authority(options);
    const files = [authority.#signatures?.get(), authority.#policy?.get()];
    const problems = files.flatMap((file) => (file?.ok === false ? file.error : []));
    return problems.length === 0 ? succeed(authority) : fail(problems);
  }

  /** Takes everything. */
  static none(): Authority {
    return new Authority({ hosts: "all", users: "all" });
  }

  /** Of a worker that its operator has started for himself: his own box is his as well, where his inventory says so. */
  static ofOperator(): Authority {
    return new Authority({ hosts: "all", users: "all", local: "self" });
  }

  get requiresSignatures(): boolean {
    return this.#signatures !== undefined;
  }

  /** A longer message is refused unread. */
  get maxMessageBytes(): number {
    return this.requiresSignatures ? MAX_ENVELOPE_BYTES : MAX_WORKLOAD_BYTES;
  }

  /** @param doorOf where and as whom ssh_config leads for a workload */
  task(message: GivenMessage, nowMs: number, doorOf: DoorOf): Result<Admitted<OwnedWorkload>, Refusal> {
    const checked = this.#checked("task", message, nowMs);
    if (!checked.ok) return checked;
    const { body, signer, skewMs } = checked.value;
    const parsed = parseWorkload(body);
    if (!parsed.ok) return fail({ reason: parsed.error, blame: "submission", ...defined({ signer }) });
    const refuse = (reason: string, more?: Partial<Refusal>): Result<never, Refusal> =>
      fail({ reason, blame: "submission", workload: parsed.value, ...defined({ signer }), ...more });
    const workload =
      checked.value.signed === undefined ? parsed.value : owned(parsed.value, checked.value.signed);
    if (typeof workload === "string") return refuse(workload);
    const unplanned = checked.value.signed && plannedFault(workload, checked.value.signed, nowMs);
    if (unplanned !== undefined) return refuse(unplanned);
    const misplaced = misplacedFault(workload, message.functionName);
    if (misplaced !== undefined) return refuse(misplaced);
    const held = this.#heldBack(workload, signer, doorOf);
    if (held !== undefined) return refuse(held.reason, held);
    const notFresh = this.#notFresh("task", checked.value, nowMs);
    if (notFresh !== undefined) return refuse(notFresh.reason, notFresh);
    return succeed({ value: workload, ...defined({ signer, skewMs }) });
  }

  /** What a gate asks of no host: hosts and users of the policy say nothing of it, but its signer must have a rule. */
  gate(message: GivenMessage, nowMs: number): Result<Admitted<GateQuestion>, Refusal> {
    const checked = this.#checked("gate", message, nowMs);
    if (!checked.ok) return checked;
    const { body, signer, signed, skewMs } = checked.value;
    const parsed = parseGateQuestion(body);
    if (!parsed.ok) return fail({ reason: parsed.error, blame: "submission", ...defined({ signer }) });
    const question = parsed.value;
    const refuse = (refusal: Refusal): Result<never, Refusal> =>
      fail({ ...refusal, question, ...defined({ signer }) });
    const foreign =
      signed && (foreignFault(question, signed) ?? plannedQuestionFault(question, signed, nowMs));
    if (foreign !== undefined) return refuse({ reason: foreign, blame: "submission" });
    const held = this.#gateHeldBack(question, signer);
    if (held !== undefined) return refuse(held);
    const notFresh = this.#notFresh("gate", checked.value, nowMs);
    if (notFresh !== undefined) return refuse(notFresh);
    return succeed({ value: question, ...defined({ signer, skewMs }) });
  }

  /** How it stands a worker tells anybody; all else of a control message needs what a task needs. */
  control(message: GivenMessage, nowMs: number): Result<Admitted<ControlMessage>, Refusal> {
    if (isStatusQuestion(message.text)) return succeed({ value: { type: "status" } });
    const checked = this.#checked("control", message, nowMs);
    if (!checked.ok) return checked;
    const { body, signer, signed } = checked.value;
    const parsed = parseControl(body);
    if (!parsed.ok) return fail({ reason: parsed.error, blame: "submission", ...defined({ signer }) });
    let control = parsed.value;
    if (signed !== undefined && control.type !== "status") {
      if (control.run !== signed.run)
        return fail({ reason: OTHER_RUN, blame: "submission", ...defined({ signer }) });
      control = { ...control, client: clientOf(control.client, signed) };
    }
    const notFresh = this.#notFresh("control", checked.value, nowMs);
    if (notFresh !== undefined) return fail({ ...notFresh, ...defined({ signer }) });
    return succeed({ value: control, ...defined({ signer }) });
  }

  /** The body of a message; where nothing need be signed, what a signed one carries is taken unseen. */
  #checked(kind: MessageKind, message: GivenMessage, nowMs: number): Result<Checked, Refusal> {
    if (this.#signatures === undefined) {
      const envelope = openEnvelope(message.text);
      if (envelope?.ok === false) return fail({ reason: envelope.error, blame: "submission" });
      return succeed({ body: envelope?.value.body ?? message.text });
    }
    const { functionName, unique, text } = message;
    const refuse = (refusal: Refusal): Result<never, Refusal> =>
      fail({ ...refusal, ...defined({ claimed: claimedIn(text) }) });
    const check = this.#signatures.get();
    if (!check.ok) return refuse({ reason: `cannot check a signature: ${check.error[0]}`, blame: "worker" });
    const result = check.value.check(kind, text, { functionName, unique, nowMs });
    if (!result.ok) {
      const { reason, expired } = result.error;
      return refuse({ reason, blame: "submission", ...(expired === true ? { notTaken: "expired" } : {}) });
    }
    const { principal, fingerprint, plan, certificate, carried } = result.value;
    const tell = Math.abs(nowMs - this.#toldSkewMs) >= TELL_SKEW_EVERY_MS;
    const skewMs = tell ? result.value.skewMs : undefined;
    if (skewMs !== undefined) this.#toldSkewMs = nowMs;
    const signer = { principal, fingerprint, plan, ...defined({ certificate, carrier: carried?.by }) };
    return succeed({ body: result.value.body, signed: result.value, signer, ...defined({ skewMs }) });
  }

  #heldBack(
    workload: Workload,
    signer: Signer | undefined,
    doorOf: DoorOf,
  ): Pick<Refusal, "reason" | "blame"> | undefined {
    const { hosts, users, ports } = this.#options;
    const submission = (reason: string) => ({ reason, blame: "submission" }) as const;
    const local = localFault(this.#options.local, workload, doorOf(workload));
    if (local !== undefined) return submission(local);
    const policy = this.#policy?.get();
    if (policy?.ok === false)
      return { reason: `cannot tell who may do what: ${policy.error[0]}`, blame: "worker" };
    if (hosts === "all" && users === "all" && ports === undefined && policy === undefined) return undefined;
    const wanted = wantedOf(workload, doorOf);
    const host = hosts === "all" ? undefined : outsideLimit(hosts, wanted);
    if (host !== undefined)
      return submission(`${host} is not among the hosts of this worker (--allow-hosts)`);
    const port = outsidePorts(ports ?? defaultPorts(hosts), wanted);
    if (port !== undefined)
      return submission(
        `port ${port} of ${wanted.host} is not among the ports of this worker (--allow-ports)`,
      );
    const user = outsideUsers(users, wanted.users);
    if (user !== undefined) return submission(`this worker does not run as ${user} (--allow-users)`);
    const fault =
      policy === undefined || signer === undefined
        ? undefined
        : policyFault(policy.value, signer.principal, wanted, nameOf(signer));
    return fault === undefined ? undefined : submission(fault);
  }

  #gateHeldBack({ prometheus, http }: GateQuestion, signer: Signer | undefined): Refusal | undefined {
    const policy = this.#policy?.get();
    if (policy?.ok === false)
      return { reason: `cannot tell who may do what: ${policy.error[0]}`, blame: "worker" };
    if (policy === undefined || signer === undefined) return undefined;
    const secrets = [prometheus?.token, http?.token].filter((token) => token !== undefined);
    const reason = gateFault(policy.value, signer.principal, secrets, nameOf(signer));
    return reason === undefined ? undefined : { reason, blame: "submission" };
  }

  /**
   * Each submission is taken once, of a `once` task too: one that did not reach its host has left no record there that
   * would keep it from running later.
   */
  #notFresh(kind: MessageKind, { signed, signer }: Checked, nowMs: number): Refusal | undefined {
    if (signed === undefined || signer === undefined) return undefined;
    // By the key that sent it: nobody else's submission can be named so as to be taken for this one, and it stays the
    // same one where somebody on the way takes the operator's word out of it.
    const identity = `${signed.unique} ${signer.carrier ?? signer.fingerprint}`;
    return this.#fresh.take(
      {
        identity,
        time: signed,
        from: sourceOf(signer, kind),
        tooMany: (flooder, taken) => floodRefusal(signer, flooder, taken),
      },
      nowMs,
    );
  }
}

interface Checked {
  readonly body: string;
  readonly signed?: CheckedMessage;
  readonly signer?: Signer;
  readonly skewMs?: number;
}

/** Whether it asks, unsigned and unsealed, for nothing but how the worker stands. */
export function isStatusQuestion(text: string): boolean {
  const asked = parseControl(text);
  return asked.ok && asked.value.type === "status";
}
