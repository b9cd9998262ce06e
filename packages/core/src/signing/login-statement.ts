import * as z from "zod";
import { fail, succeed, type Result } from "../errors.ts";
import { defined } from "../optional-fields.ts";
import { parseJson } from "../parse-json.ts";

const statementSchema = z.strictObject({
  v: z.literal(1),
  /** `host:port` as the client reached it: what was signed for one server is nothing to another. */
  server: z.string().min(1).max(300),
  /** As the server gave it. */
  challenge: z.string().min(1).max(1024),
  /** As whom, where the line of allowed_signers leaves that open. */
  principal: z.string().min(1).max(255).optional(),
});
export type LoginStatement = z.output<typeof statementSchema>;

/** The text that an operator's key signs, in the namespace of logins. */
export function loginText({ server, challenge, principal }: Omit<LoginStatement, "v">): string {
  return JSON.stringify({ v: 1, server, challenge, ...defined({ principal }) });
}

/** What a signed text says; whether any of it is so is asked elsewhere. */
export function readLoginText(text: string): Result<LoginStatement, string> {
  const parsed = statementSchema.safeParse(parseJson(text));
  return parsed.success
    ? succeed(parsed.data)
    : fail("it is no statement of a login that this version reads");
}
