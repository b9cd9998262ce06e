import type { Dialled } from "./destination.ts";
import { endedBeforeTls } from "./tls-fault.ts";

/** Why a connection over the network came to nothing. */
export function networkFault(to: Dialled, isTls: boolean, code: string | undefined, message: string): string {
  const { host, port } = to;
  switch (code) {
    case "ENOTFOUND":
      return `there is no host of the name ${host}`;
    case "EAI_AGAIN":
      return `no name server tells now where ${host} is`;
    case "ECONNREFUSED":
      return `nobody listens on port ${port} there`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "no network leads there from this box";
    case "ETIMEDOUT":
      return "nothing answers there";
    case "ECONNRESET":
    case "EPIPE":
      return isTls ? endedBeforeTls(to) : "it ends the connection at once";
    default:
      // Several addresses were tried: of them there is no message.
      return message === "" ? (code ?? "it cannot be connected to") : message;
  }
}
