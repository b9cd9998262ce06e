import { expect, it } from "vitest";
import { whyNotReached } from "../../src/gates/why-not-reached.ts";

const url = new URL("https://prom:9443/");
const error = (code: string, message = code, more: object = {}) =>
  Object.assign(new Error(message), { code, ...more });

it.each<[string, unknown]>([
  ["the name prom does not exist (ENOTFOUND)", error("ENOTFOUND", "", { syscall: "getaddrinfo" })],
  ["the name prom could not be looked up (EAI_AGAIN)", error("EAI_AGAIN", "", { syscall: "getaddrinfo" })],
  ["connection to prom:9443 refused", error("ECONNREFUSED")],
  ["no route to prom:9443 (EHOSTUNREACH)", error("EHOSTUNREACH")],
  ["no route to prom:9443 (ENETUNREACH)", error("ENETUNREACH")],
  ["no answer from prom:9443", error("ETIMEDOUT")],
  ["prom:9443 closed the connection without an answer", error("ECONNRESET", "socket hang up")],
  ["what prom:9443 answers is no HTTP (HPE_INVALID_CONSTANT)", error("HPE_INVALID_CONSTANT")],
  ["what prom:9443 answers is no HTTP (HPE_HEADER_OVERFLOW)", error("HPE_HEADER_OVERFLOW")],
  [
    "TLS with prom:9443 failed: wrong version number (EPROTO)",
    error(
      "EPROTO",
      "write EPROTO 80EC:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/x.c:350:\n",
    ),
  ],
  [
    "TLS with prom:9443 failed: certificate has expired (CERT_HAS_EXPIRED)",
    error("CERT_HAS_EXPIRED", "certificate has expired"),
  ],
  ["TLS with prom:9443 failed: self-signed", error("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate")],
  [
    "TLS with prom:9443 failed: Hostname",
    error("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match"),
  ],
  ["TLS with prom:9443 failed: unable", error("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify")],
  ["TLS with prom:9443 failed: sslv3", error("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "sslv3 alert")],
  ["connection to prom:9443 refused", new AggregateError([error("ECONNREFUSED"), error("ENETUNREACH")])],
  ["cannot ask prom:9443: this worker is out of file descriptors", error("EMFILE")],
  ["cannot ask prom:9443: what", error("EODD", "what")],
  ["cannot ask prom:9443: odd", "odd"],
])("%s", (text, thrown) => {
  expect(whyNotReached(url, thrown)).toContain(text);
});
