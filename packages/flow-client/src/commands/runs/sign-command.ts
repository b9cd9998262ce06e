import { signedFor, type SignOptions } from "../../coordinator/index.ts";
import { findKnownRun, type Places } from "../../known-runs/index.ts";
import type { ExitCode } from "../../usage/exit-codes.ts";
import { tell, wrongUse } from "../../usage/refusal.ts";

/** `rr-submit sign RUN|last`: the operator's word on the plan of a run that a coordinator carries, anew. */
export async function signCommand(name: string, options: Places & SignOptions): Promise<ExitCode> {
  if (options["sign-key"] === undefined)
    return tell(wrongUse("sign needs the key that signs: --sign-key, or RR_SIGN_KEY"));
  const found = await findKnownRun(name, options);
  if (!found.ok) return tell(found.error);
  const known = found.value;
  if (known.kind !== "coordinator")
    return tell(
      wrongUse(
        `run ${known.run} is of this box, and who carries it signs it: only one that a coordinator carries is signed anew`,
      ),
    );
  const toSign = await known.toSign();
  if (!toSign.ok) return tell(toSign.error);
  const signed = await signedFor(known.client, toSign.value, options, options.env);
  if (!signed.ok) return tell(signed.error);
  if (signed.value === undefined) return tell(wrongUse("nothing was signed"));
  return tell(await known.sign(signed.value));
}
