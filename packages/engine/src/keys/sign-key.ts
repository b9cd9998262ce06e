import { createPrivateKey } from "node:crypto";
import { existsSync } from "node:fs";
import ssh2, { type ParsedKey } from "ssh2";
import { fail, succeed, type Result } from "@roadrunner/core";
import { pathFault, readNamedFile, whyUnread } from "@roadrunner/core/files";
import {
  isSecurityKeyType,
  operatorKey,
  readKeyOrCertificate,
  readPublicKey,
  readPublicLine,
  SshReader,
  userCertificateFault,
  type OperatorKey,
  type SshCertificate,
  type SshPublicKey,
} from "@roadrunner/core/signing";
import { ofAgent, type SigningAgent } from "./agent-key.ts";
import { publicPartOf } from "./public-part.ts";

const CERTIFICATE_END = "-cert.pub";

/**
 * The key that signs a run: a private key file, the public half (NAME.pub) of a key that the agent holds, or a
 * certificate (NAME-cert.pub), whose key the agent holds or the file NAME. The one file of the engine that knows ssh2,
 * which reads OpenSSH's key files.
 */
export async function openSignKey(path: string, agent: SigningAgent): Promise<Result<OperatorKey, string>> {
  const opened = await open(path, agent);
  return opened.ok ? opened : fail(`--sign-key ${path} ${opened.error}`);
}

/** The error completes "--sign-key FILE …". */
async function open(path: string, agent: SigningAgent): Promise<Result<OperatorKey, string>> {
  const bytes = readFile(path);
  if (!bytes.ok) return bytes;
  const line = readPublicLine(bytes.value.toString("latin1"));
  if (line === undefined) {
    const parsed = parseFile(path, bytes.value);
    if (!parsed.ok) return parsed;
    if (parsed.value.isPrivateKey()) return ofPrivate(path, parsed.value);
    const key = readPublicKey(parsed.value.getPublicSSH());
    return key.ok ? ofPublic(key.value, agent) : fail(`has a key that ${key.error}`);
  }
  if (!line.ok) return line;
  const { key, certificate } = line.value;
  return certificate === undefined ? ofPublic(key, agent) : ofCertificate(path, certificate, key, agent);
}

function readFile(path: string): Result<Buffer, string> {
  try {
    return succeed(readNamedFile(path));
  } catch (error) {
    return fail(`cannot be read: ${whyUnread(error)}`);
  }
}

function parseFile(path: string, bytes: Buffer): Result<ParsedKey, string> {
  if (isSecurityKeyType(keyTypeOfFile(bytes)))
    return fail(
      `lives on a security key: load it into the agent (ssh-add ${path}) and name ${path}.pub instead`,
    );
  const parsed = ssh2.utils.parseKey(bytes) as ParsedKey | ParsedKey[] | Error;
  if (parsed instanceof Error) {
    return /encrypted/i.test(parsed.message)
      ? fail(`is encrypted: load it into the agent (ssh-add ${path}) and name ${path}.pub instead`)
      : fail(`is no key that can sign: ${parsed.message}`);
  }
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  return key === undefined ? fail("holds no key") : succeed(key);
}

function ofPrivate(path: string, key: ParsedKey): Result<OperatorKey, string> {
  const fault = pathFault(path, "secret");
  if (fault !== undefined) return fail(fault);
  const opened = operatorKey(createPrivateKey(key.getPrivatePEM()));
  return opened.ok ? opened : fail(`holds a key that ${opened.error}`);
}

async function ofPublic(key: SshPublicKey, agent: SigningAgent): Promise<Result<OperatorKey, string>> {
  const opened = await ofAgent(key, [key.blob], agent);
  return opened.ok ? opened : fail(`is a public key, and ${opened.error}`);
}

/** The agent may hold the certificate, or its key; else its key is in the file beside it. */
async function ofCertificate(
  path: string,
  certificate: SshCertificate,
  key: SshPublicKey,
  agent: SigningAgent,
): Promise<Result<OperatorKey, string>> {
  const fault = userCertificateFault(certificate, Date.now());
  if (fault !== undefined) return fail(`holds a certificate that ${fault}`);
  const byAgent = await ofAgent(key, [certificate.blob, key.blob], agent);
  const opened = byAgent.ok ? byAgent : ofFileBeside(path, key, byAgent.error);
  if (!opened.ok) return opened;
  const { blob: publicBlob, validBeforeMs } = certificate;
  return succeed({
    publicBlob,
    validBeforeMs,
    sign: (data) => opened.value.sign(data),
    again: async () => {
      const fresh = await openSignKey(path, agent);
      return fresh.ok && !isFor(fresh.value.publicBlob, key)
        ? fail(`--sign-key ${path} is for another key by now`)
        : fresh;
    },
  });
}

function ofFileBeside(path: string, key: SshPublicKey, noAgent: string): Result<OperatorKey, string> {
  const beside = path.endsWith(CERTIFICATE_END) ? path.slice(0, -CERTIFICATE_END.length) : undefined;
  if (beside === undefined)
    return fail(`is a certificate whose name does not end in -cert.pub, and ${noAgent}`);
  if (!existsSync(beside)) return fail(`is a certificate, its key is not in ${beside}, and ${noAgent}`);
  const opened = openFileBeside(beside);
  if (!opened.ok) return fail(`needs its key, and ${beside} ${opened.error}`);
  return opened.value.publicBlob.equals(key.blob)
    ? opened
    : fail(`is a certificate for another key than that of ${beside}`);
}

function openFileBeside(path: string): Result<OperatorKey, string> {
  const bytes = readFile(path);
  const key = bytes.ok ? parseFile(path, bytes.value) : bytes;
  if (!key.ok) return key;
  return key.value.isPrivateKey() ? ofPrivate(path, key.value) : fail("is no private key");
}

function isFor(publicBlob: Buffer, key: SshPublicKey): boolean {
  const certified = readKeyOrCertificate(publicBlob);
  return certified.ok && certified.value.key.blob.equals(key.blob);
}

/** Of a key in OpenSSH's private form; empty for other forms. */
function keyTypeOfFile(bytes: Buffer): string {
  const blob = publicPartOf(bytes);
  return blob === undefined ? "" : (new SshReader(blob).string()?.toString("latin1") ?? "");
}
