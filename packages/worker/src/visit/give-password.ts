import { freshNonce } from "./nonce.ts";
import { entryOf } from "../program/entry.ts";
import type { RecordedTask } from "../program/kill-program.ts";
import type { Connect } from "./run-request.ts";
import { passwordText } from "../program/sudo-password.ts";
import { visit } from "./visit.ts";

/** Gives sudo the password that it asked for, in a channel of its own; until `signal` is aborted. */
export async function givePassword(
  task: Pick<RecordedTask, "sudoPassword" | "connectTimeoutMs">,
  of: string,
  connect: Connect,
  signal: AbortSignal,
): Promise<void> {
  const lease = await connect();
  if (!lease.ok) return;
  const nonce = freshNonce();
  try {
    await visit({
      lease: lease.value,
      program: { ...entryOf({}, nonce, { server: lease.value.server }), body: passwordText(of, nonce) },
      nonce,
      helloMs: task.connectTimeoutMs,
      onMark: ({ word }) => (word === "ready" ? `${task.sudoPassword ?? ""}\n` : undefined),
      signal,
    });
  } finally {
    lease.value.release();
  }
}
