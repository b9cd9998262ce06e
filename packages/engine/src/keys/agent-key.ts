import { fail, succeed, type Result } from "@roadrunner/core";
import {
  isSecurityKeyType,
  signatureFault,
  type OperatorKey,
  type SshPublicKey,
} from "@roadrunner/core/signing";
import { agentKeys, agentSignature } from "./sign-agent.ts";

export interface SigningAgent {
  /** Absent or empty: there is none. */
  readonly socket: string | undefined;
  /** A security key waits for its owner, and the agent may not say so. */
  readonly onTouch: () => void;
}

/** The key that the agent holds under one of these blobs; the error completes "…, and". */
export async function ofAgent(
  key: SshPublicKey,
  blobs: readonly Buffer[],
  { socket, onTouch }: SigningAgent,
): Promise<Result<OperatorKey, string>> {
  if (socket === undefined || socket === "")
    return fail("there is no agent to sign with (SSH_AUTH_SOCK is not set)");
  const held = await agentKeys(socket);
  if (!held.ok) return fail(`the agent at ${socket} cannot be asked: ${held.error}`);
  const blob = blobs.find((one) => held.value.some((other) => other.equals(one)));
  if (blob === undefined) return fail("it is not among the keys of the agent (ssh-add -l lists them)");
  return succeed({
    publicBlob: key.blob,
    sign: async (data) => {
      if (isSecurityKeyType(key.type)) onTouch();
      const signature = await agentSignature(socket, blob, data);
      const fault = signature.ok ? signatureFault(key, signature.value, data) : undefined;
      if (signature.ok && fault === undefined) return signature;
      return fail(
        `the agent at ${socket}: ${signature.ok ? `it gives a signature that ${fault}` : signature.error}`,
      );
    },
  });
}
