import type { Problem } from "@roadrunner/engine/api";
import { formatCoordinator, type CoordinatorAddress } from "@roadrunner/engine/address";
import { EXIT } from "../../usage/exit-codes.ts";
import { wrongUse, type Refusal } from "../../usage/refusal.ts";
import { VERSION } from "../../usage/version.ts";
import { startOne } from "./start-one.ts";
import type { TlsFault } from "./tls-fault.ts";

/** Why a coordinator gave no answer that helps. */
export interface ApiFault {
  /**
   * `away`: it heard nothing, and may later; `cut`: the connection broke, and whether it did what it was asked is not
   * known; `problem`: it says no; `foreign`: what answers is no coordinator that this rr-submit understands.
   */
  readonly kind: "away" | "cut" | "problem" | "foreign";
  /** Of a problem. */
  readonly code?: Problem["code"];
  readonly refusal: Refusal;
}

export function awayFault(address: CoordinatorAddress, why: string): ApiFault {
  const lines = [`no coordinator on ${formatCoordinator(address)}: ${why}`, startOne(address)];
  return { kind: "away", refusal: { lines, code: EXIT.infrastructure } };
}

/** @param asked what it was asked, as in "took the run" */
export function cutFault(address: CoordinatorAddress, why: string): ApiFault {
  const lines = [
    `the coordinator on ${formatCoordinator(address)} gave no answer: ${why}`,
    "Is it busy, or suspended, or was it stopped? See whether it lives: rr-submit status",
  ];
  return { kind: "cut", refusal: { lines, code: EXIT.infrastructure } };
}

export function foreignFault(address: CoordinatorAddress, why: string): ApiFault {
  const lines = [
    `what answers on ${formatCoordinator(address)} is no coordinator that rr-submit ${VERSION} understands: ${why}`,
    address.kind === "socket"
      ? "Is that another program's socket, or a coordinator of another version? Name the right one: --coordinator unix:/path"
      : "Is that another program's port, or a coordinator of another version? Name the right one: --coordinator https://HOST:PORT",
  ];
  return { kind: "foreign", refusal: { lines, code: EXIT.infrastructure } };
}

/** Of whoever does not prove that it is the coordinator. */
export function untrustedFault(address: CoordinatorAddress, { why, cure }: TlsFault): ApiFault {
  const lines = [`no coordinator that can be trusted is on ${formatCoordinator(address)}: ${why}`, cure];
  return { kind: "foreign", refusal: { lines, code: EXIT.infrastructure } };
}

/** Of what the operator gave: nothing was asked. */
export function usageFault(text: string): ApiFault {
  return { kind: "problem", refusal: wrongUse(text) };
}

export function tooLargeFault(bytes: number, most: number): ApiFault {
  const mib = (count: number): string => `${Math.ceil(count / 1024 ** 2)} MiB`;
  const lines = [
    `the run has ${mib(bytes)} as JSON, and a coordinator takes ${mib(most)}`,
    "Run it on parts of its hosts (--limit), or carry it here: --here",
  ];
  return { kind: "problem", code: "tooLarge", refusal: { lines, code: EXIT.usage } };
}

const USAGE: ReadonlySet<Problem["code"]> = new Set([
  "notLoggedIn",
  "notAllowed",
  "badSignature",
  "badRequest",
  "tooLarge",
  "noSuchRun",
  "ambiguousRun",
  "runIsThere",
  "flowRunsAlready",
  "notCarried",
  "nothingLeft",
  "needsSecrets",
]);

export function problemFault(address: CoordinatorAddress, { code, detail }: Problem): ApiFault {
  if (code === "notFound") return foreignFault(address, detail.split("\n")[0] ?? "it knows no such request");
  const exit = USAGE.has(code) ? EXIT.usage : EXIT.infrastructure;
  return { kind: "problem", code, refusal: { lines: detail.split("\n"), code: exit } };
}
