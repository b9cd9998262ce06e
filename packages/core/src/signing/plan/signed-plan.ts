import * as z from "zod";
import { fail, succeed, type Result } from "../../errors.ts";
import { defined } from "../../optional-fields.ts";
import { MAX_SKEW_MS, NAMESPACE } from "../time/limits.ts";
import { signSsh, type OperatorKey } from "../openssh/sshsig.ts";
import { parseJson } from "../../parse-json.ts";
import { readVouched } from "../signers/vouched-text.ts";
import type { SignedText } from "../signers/signed-text.ts";
import type { SignedBy } from "../signers/signed-by.ts";

/** Coordinators that one store may have. */
export const MOST_CARRIERS = 50;
/** An operator may let a run go on for so long under one signature. */
export const LONGEST_PLAN_LIFE_MS = 30 * 24 * 3_600_000;

const digest = z.string().regex(/^[0-9a-f]{64}$/);

const bodySchema = z.strictObject({
  v: z.literal(1),
  run: z.string().min(1).max(40),
  /** SHA-256 of the resolved plan, hex: the digest in `run.started`. */
  plan: digest,
  /** Of the tree over all that the plan may have run: `taskLeaf` and `questionLeaf`. */
  root: digest,
  leaves: z.number().int().min(1),
  /** Attempts that there have been when it was signed: the plan's retries count from there. */
  pastAttempts: z.number().int().min(0),
  /** The keys (`SHA256:…`) that may sign for its tasks, and for nothing else. */
  carriers: z
    .array(z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/))
    .min(1)
    .max(MOST_CARRIERS)
    .readonly(),
  /** As whom the operator signs, where the line of allowed_signers leaves that open. */
  principal: z.string().min(1).max(255).optional(),
  issuedMs: z.number().int(),
  notAfterMs: z.number().int(),
});
export type PlanBody = z.output<typeof bodySchema>;

/** Has the operator's key say: of this run those who carry it may have run what is in the tree, and nothing else. */
export async function signPlan(
  operator: OperatorKey,
  { principal, ...fields }: Omit<PlanBody, "v" | "issuedMs" | "notAfterMs">,
  { issuedMs, lifeMs }: { readonly issuedMs: number; readonly lifeMs: number },
): Promise<Result<SignedText, string>> {
  const times = { issuedMs, notAfterMs: issuedMs + lifeMs };
  const statement: PlanBody = { v: 1, ...fields, ...defined({ principal }), ...times };
  const body = JSON.stringify(statement);
  const signature = await signSsh(Buffer.from(body), NAMESPACE, operator);
  return signature.ok ? succeed({ body, signature: signature.value }) : signature;
}

export interface ReadPlan {
  readonly body: PlanBody;
  readonly by: SignedBy;
}

/** One whose signature is right; whether its signer is allowed and its time has come is asked elsewhere. */
export function readPlan(
  signed: SignedText,
  isKnown: (by: SignedBy) => Result<unknown, string>,
): Result<ReadPlan, string> {
  const vouched = readVouched(signed, { what: "its signed plan", namespace: NAMESPACE }, isKnown);
  if (!vouched.ok) return vouched;
  const { by, text } = vouched.value;
  const parsed = bodySchema.safeParse(parseJson(text));
  return parsed.success
    ? succeed({ body: parsed.data, by })
    : fail("its signed plan is not one that this version reads");
}

/** What a signed plan says, without a look at its signature: for whoever made it, or only passes it on. */
export function planBodyOf({ body }: SignedText): PlanBody | undefined {
  const parsed = bodySchema.safeParse(parseJson(body));
  return parsed.success ? parsed.data : undefined;
}

/** Why nothing more starts by a signed plan at this time. */
export function planTimeFault({ issuedMs, notAfterMs }: PlanBody, nowMs: number): string | undefined {
  if (notAfterMs - issuedMs > LONGEST_PLAN_LIFE_MS) return "its signed plan is for longer than 30 days";
  if (issuedMs > nowMs + MAX_SKEW_MS)
    return "its signed plan is dated in the future: compare the clocks of this worker and the operator's box";
  if (notAfterMs < nowMs - MAX_SKEW_MS)
    return `its signed plan expired at ${new Date(notAfterMs).toISOString()}: sign it anew (rr-submit sign)`;
  return undefined;
}
