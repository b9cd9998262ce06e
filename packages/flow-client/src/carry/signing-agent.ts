import { isReadByPerson, say } from "../usage/say.ts";

/** The agent of whoever calls us, and how he is asked to touch a security key. */
export function signingAgent(env: Readonly<Record<string, string | undefined>>): {
  readonly socket: string | undefined;
  readonly onTouch: () => void;
} {
  return { socket: env["SSH_AUTH_SOCK"], onTouch: askForTouch };
}

/** Nobody is there to touch it where nobody reads; above a board it stands as any message does. */
function askForTouch(): void {
  if (isReadByPerson()) say("Touch the security key: it signs the run.");
}
