import { isReadByPerson, say } from "../usage/say.ts";

/** The agent of whoever calls us, and how he is asked to touch a security key; `what` it signs. */
export function signingAgent(
  env: Readonly<Record<string, string | undefined>>,
  what: "run" | "login" = "run",
): {
  readonly socket: string | undefined;
  readonly onTouch: () => void;
} {
  return { socket: env["SSH_AUTH_SOCK"], onTouch: () => askForTouch(what) };
}

/** Nobody is there to touch it where nobody reads; above a board it stands as any message does. */
function askForTouch(what: string): void {
  if (isReadByPerson()) say(`Touch the security key: it signs the ${what}.`);
}
