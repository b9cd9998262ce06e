import type { Dialled } from "./destination.ts";

/** What a server showed of itself, in whatever way it is not to be trusted. */
export interface ShownCertificate {
  /** Who issued it, as `CN=Site CA, O=Example`. */
  readonly issuer: string;
  readonly subject: string;
  /** As `c.example.com` and `10.0.0.7`. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** Why a handshake came to nothing, and what to do. */
export interface TlsFault {
  readonly why: string;
  readonly cure: string;
}

/** Of OpenSSL, by the names that Node gives them: nobody who is trusted stands for the certificate. */
const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
]);

/** Reasons of OpenSSL: it is another protocol that answers. */
const NO_TLS = /^(?:wrong version number|packet length too long|http request|unexpected message)$/;

const OTHER_CERTIFICATE_FAULT = /^(?:CERT_|CRL_|INVALID_|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|UNABLE_TO_)/;

const WRONG_NAME = "ERR_TLS_CERT_ALTNAME_INVALID";

/** As Node tells of a connection that came to nothing. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Whether a failure is one of TLS. */
export function isOfTls({ code, message }: Failure): boolean {
  return (
    UNKNOWN_AUTHORITY.has(code) ||
    code === WRONG_NAME ||
    OTHER_CERTIFICATE_FAULT.test(code) ||
    reasonOf({ code, message }) !== undefined
  );
}

/** Of OpenSSL, for a handshake that failed; undefined: it was none. */
function reasonOf({ code, message }: Failure): string | undefined {
  if (code.startsWith("ERR_SSL_")) return code.slice("ERR_SSL_".length).toLowerCase().replaceAll("_", " ");
  return /:SSL routines:[^:]*:([^:]+):/.exec(message)?.[1];
}

/** Long enough for a certificate of a cluster, and no flood of a stranger. */
const MOST_NAMES = 20;

/** A failure of TLS in an operator's words. */
export function tlsFault(
  to: Dialled,
  { code, message }: Failure,
  shown: ShownCertificate | undefined,
  nowMs: number,
): TlsFault {
  if (UNKNOWN_AUTHORITY.has(code)) return unknownAuthority(to, shown);
  switch (code) {
    case WRONG_NAME:
      return wrongName(to, shown);
    case "CERT_HAS_EXPIRED":
      return {
        why: `its certificate has expired${shown === undefined ? "" : `, on ${day(shown.validToMs)}`}`,
        cure: `Give the coordinator a new one. If it should be valid: this box has ${day(nowMs)}; is its clock right?`,
      };
    case "CERT_NOT_YET_VALID":
      return {
        why: `its certificate is not valid yet${shown === undefined ? "" : `, but from ${day(shown.validFromMs)} on`}`,
        cure: `This box has ${day(nowMs)}; is its clock right, and that of whoever made the certificate?`,
      };
    default:
  }
  const reason = reasonOf({ code, message });
  if (reason === undefined)
    return { why: `its certificate is not taken: ${message}`, cure: "Give the coordinator another one." };
  if (NO_TLS.test(reason)) return noTls(to);
  return {
    why: `no TLS comes about: ${reason}`,
    cure: "rr-submit speaks TLS 1.2 and 1.3; does something of another age stand before the coordinator?",
  };
}

/** Of a server that ends the connection where TLS should begin. */
export function endedBeforeTls(to: Dialled): string {
  return `it ends the connection before TLS has come about; ${isItPlain(to)}`;
}

function unknownAuthority({ caFile }: Dialled, shown: ShownCertificate | undefined): TlsFault {
  const isOwn = shown !== undefined && shown.issuer === shown.subject;
  const by =
    shown === undefined ? "" : isOwn ? ", it stands for itself" : `, it is issued by ${shown.issuer}`;
  return caFile === undefined
    ? {
        why: `its certificate is by no authority that is known here${by}`,
        cure: "Name the authority's certificate, a file of PEM, if you trust it: --coordinator-ca FILE (RR_COORDINATOR_CA)",
      }
    : {
        why: `its certificate is by no authority of --coordinator-ca ${caFile}${by}`,
        cure: "Name the file of the right authority; or does something else answer there than the coordinator?",
      };
}

function wrongName({ host }: Dialled, shown: ShownCertificate | undefined): TlsFault {
  const names = shown?.names ?? [];
  const some = names.slice(0, MOST_NAMES).join(", ");
  const has =
    names.length === 0
      ? "it names no host at all"
      : `it is for ${some}${names.length > MOST_NAMES ? ", …" : ""}`;
  return {
    why: `its certificate is not for ${host}; ${has}`,
    cure: `Name the coordinator as its certificate does, or give it one for ${host} (subjectAltName).`,
  };
}

function noTls(to: Dialled): TlsFault {
  return {
    why: "what listens there speaks no TLS",
    cure: `Is it a coordinator's port? ${capital(isItPlain(to))}`,
  };
}

function isItPlain({ host, port, isLoopback }: Dialled): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return isLoopback
    ? `one without TLS is named as http://${name}:${port}`
    : "over the network a coordinator listens with --tls-cert and --tls-key";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function day(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
