import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import ssh2, { type ParsedKey } from "ssh2";
import { fail, succeed, type Result } from "@roadrunner/core";
import { pathFault, whyUnread } from "@roadrunner/core/files";
import { operatorKey, signatureAlgorithm, sshString, type OperatorKey } from "@roadrunner/core/signing";

/** An agent may ask its owner before it signs. */
const AGENT_MS = 60_000;

/**
 * The key that signs a run: a private key file, or the public half (NAME.pub) of a key that the agent holds. The one
 * file of rr-submit that knows ssh2, which reads OpenSSH's key files and speaks to the agent.
 */
export async function openSignKey(
  path: string,
  agentSocket: string | undefined,
): Promise<Result<OperatorKey, string>> {
  const key = readKey(path);
  if (!key.ok) return fail(`--sign-key ${path} ${key.error}`);
  const opened = key.value.isPrivateKey() ? ofFile(key.value) : await ofAgent(key.value, agentSocket);
  return opened.ok ? opened : fail(`--sign-key ${path} ${opened.error}`);
}

/** The error completes "--sign-key FILE …". */
function readKey(path: string): Result<ParsedKey, string> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return fail(`cannot be read: ${whyUnread(error)}`);
  }
  const parsed = ssh2.utils.parseKey(bytes) as ParsedKey | ParsedKey[] | Error;
  if (parsed instanceof Error) {
    return /encrypted/i.test(parsed.message)
      ? fail(`is encrypted: load it into the agent (ssh-add ${path}) and name ${path}.pub instead`)
      : fail(`is no key that can sign: ${parsed.message}`);
  }
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined) return fail("holds no key");
  const fault = key.isPrivateKey() ? pathFault(path, "secret") : undefined;
  return fault === undefined ? succeed(key) : fail(fault);
}

function ofFile(key: ParsedKey): Result<OperatorKey, string> {
  const opened = operatorKey(createPrivateKey(key.getPrivatePEM()));
  return opened.ok ? opened : fail(`holds a key that ${opened.error}`);
}

async function ofAgent(key: ParsedKey, socket: string | undefined): Promise<Result<OperatorKey, string>> {
  if (socket === undefined || socket === "")
    return fail("is a public key, and there is no agent to sign with (SSH_AUTH_SOCK is not set)");
  const agent = ssh2.createAgent(socket);
  const publicBlob = key.getPublicSSH();
  const held = await asked<readonly unknown[]>((callback) => {
    agent.getIdentities((error, keys) => callback(error, keys));
  });
  if (!held.ok) return fail(`needs the agent at ${socket}: ${held.error}`);
  const blobs = held.value.map((item) => ssh2.utils.parseKey(item as ParsedKey));
  if (!blobs.some((one) => !(one instanceof Error) && one.getPublicSSH().equals(publicBlob)))
    return fail("is not among the keys of the agent (ssh-add -l lists them)");
  return succeed({
    publicBlob,
    sign: async (data) => {
      const signature = await asked<Buffer>((callback) =>
        agent.sign(key, data, { hash: "sha512" }, callback),
      );
      if (!signature.ok) return fail(`the agent at ${socket}: ${signature.error}`);
      // The agent's answer comes without the name of its algorithm.
      return succeed(Buffer.concat([sshString(signatureAlgorithm(key.type)), sshString(signature.value)]));
    },
  });
}

type Callback<T> = (error: Error | null | undefined, value?: T) => void;

function asked<T>(ask: (callback: Callback<T>) => void): Promise<Result<T, string>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(fail(`it does not answer within ${AGENT_MS / 1000} s`)), AGENT_MS);
    ask((error, value) => {
      clearTimeout(timer);
      resolve(value === undefined ? fail(error?.message ?? "it refused") : succeed(value));
    });
  });
}
