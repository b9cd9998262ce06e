import { fail, succeed, type Result } from "@roadrunner/core";
import type { CoordinatorAddress } from "@roadrunner/engine/address";
import { foreignFault, type ApiFault } from "./api-fault.ts";

/** What a schema makes of an answer. */
export interface Schema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/** An answer that is as it should be; whoever gives another one is no coordinator that is understood. */
export function checkedAnswer<T>(
  address: CoordinatorAddress,
  answer: Result<unknown, ApiFault>,
  schema: Schema<T>,
): Result<T, ApiFault> {
  if (!answer.ok) return answer;
  const read = schema.safeParse(answer.value);
  if (read.success) return succeed(read.data);
  const [issue] = read.error.issues;
  const path = issue?.path.map(String).join(".") ?? "";
  return fail(
    foreignFault(
      address,
      `its answer is another one than was asked for (${path === "" ? "" : `${path}: `}${issue?.message ?? ""})`,
    ),
  );
}
