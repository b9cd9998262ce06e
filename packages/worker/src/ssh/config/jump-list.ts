import { defined } from "@roadrunner/core";
import { parsePort } from "./config-values.ts";

export interface JumpHop {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

/**
 * ProxyJump's value: hops in the order in which they are passed, each [user@]host[:port] or
 * ssh://[user@]host[:port]; IPv6 in brackets. Undefined: not of this form. "none" is no hop.
 */
export function parseJumpList(text: string): readonly JumpHop[] | undefined {
  const value = text.split("#")[0]?.trim() ?? "";
  if (value.toLowerCase() === "none") return [];
  const hops: JumpHop[] = [];
  for (const part of value.split(",")) {
    const hop = parseHop(part);
    if (hop === undefined) return undefined;
    hops.push(hop);
  }
  return hops;
}

function parseHop(text: string): JumpHop | undefined {
  const isUri = /^ssh:\/\//i.test(text);
  const bare = isUri ? text.slice("ssh://".length).replace(/\/$/, "") : text;
  const at = bare.lastIndexOf("@");
  const user = at === -1 ? undefined : decodeUser(bare.slice(0, at), isUri);
  const found = /^(?:\[([^\]\s]+)\]|([^:/\s[\]]+))(?::([0-9]*))?$/.exec(bare.slice(at + 1));
  const host = found?.[1] ?? found?.[2];
  if (host === undefined || user === "") return undefined;
  const portText = found?.[3] ?? "";
  const port = parsePort(portText);
  if (portText !== "" && port === undefined) return undefined;
  return { host, ...defined({ user, port }) };
}

/** In a URI the user may be percent-encoded. */
function decodeUser(text: string, isUri: boolean): string {
  if (!isUri) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
