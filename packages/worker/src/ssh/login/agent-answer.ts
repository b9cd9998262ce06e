/** The part of ssh-agent's protocol (draft-ietf-sshm-ssh-agent) that lists keys. */

const IDENTITIES_ANSWER = 12;

/** SSH_AGENTC_REQUEST_IDENTITIES: a length of one, and type 11. */
export const REQUEST_IDENTITIES = Buffer.from([0, 0, 0, 1, 11]);

export interface ListedKey {
  readonly blob: Buffer;
  readonly comment: string;
}

export type AgentAnswer =
  | { readonly kind: "partial" }
  | { readonly kind: "keys"; readonly keys: readonly ListedKey[] }
  /** Another message than the one asked for, or a broken one. */
  | { readonly kind: "refused" };

/** Reads an answer from what has come so far. */
export function parseIdentities(bytes: Buffer): AgentAnswer {
  if (bytes.length < 5) return { kind: "partial" };
  const end = 4 + bytes.readUInt32BE(0);
  if (bytes.length < end) return { kind: "partial" };
  if (bytes[4] !== IDENTITIES_ANSWER || end < 9) return { kind: "refused" };
  const keys: ListedKey[] = [];
  let at = 9;
  for (let left = bytes.readUInt32BE(5); left > 0; left -= 1) {
    const blob = readString(bytes, at, end);
    const comment = blob === undefined ? undefined : readString(bytes, at + 4 + blob.length, end);
    if (blob === undefined || comment === undefined) return { kind: "refused" };
    keys.push({ blob, comment: comment.toString() });
    at += 8 + blob.length + comment.length;
  }
  return { kind: "keys", keys };
}

function readString(bytes: Buffer, at: number, end: number): Buffer | undefined {
  if (at + 4 > end) return undefined;
  const length = bytes.readUInt32BE(at);
  return at + 4 + length > end ? undefined : bytes.subarray(at + 4, at + 4 + length);
}
