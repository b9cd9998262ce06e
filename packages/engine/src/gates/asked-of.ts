import {
  defined,
  WIRE_VERSION,
  type CheckGate,
  type GatePlan,
  type GateQuestion,
  type WrittenWorkload,
} from "@roadrunner/core";

/** What a worker is asked of a gate: a question about the site, or a command on a host. */

export function questionOf(gate: GatePlan, of: Omit<GateQuestion["gate"], "name">): GateQuestion {
  const { name, timeoutMs, prometheus, http } = gate;
  return {
    v: WIRE_VERSION,
    gate: { name, ...of },
    timeoutMs,
    // What it is held against stays here.
    ...(prometheus === undefined ? {} : { prometheus: asked(prometheus, { query: prometheus.query }) }),
    ...(http === undefined ? {} : { http: asked(http, {}) }),
  };
}

function asked<More>({ url, token }: { url: string; token?: string }, more: More) {
  return { url, ...more, ...defined({ token }) };
}

/** An ordinary command, which leaves no record: an ask that is lost is asked anew. All of it keeps to the gate's time. */
export function workloadOfCheck(
  { name, timeoutMs }: GatePlan,
  { host, user, env, work }: CheckGate,
  of: Omit<NonNullable<WrittenWorkload["task"]>, "gate">,
  secretParams: Readonly<Record<string, string>> | undefined,
): WrittenWorkload {
  const { address, port, transport } = host;
  return {
    ...work,
    v: WIRE_VERSION,
    host: host.name,
    ...defined({ address, port, transport, user: user ?? host.user, secretParams }),
    env: { ...host.env, ...env },
    delivery: "repeatable",
    onDisconnect: "attached",
    timeoutMs,
    startWithinMs: timeoutMs,
    connectTimeoutMs: Math.min(work.connectTimeoutMs, timeoutMs),
    lostTimeoutMs: 0,
    task: { ...of, gate: name },
  };
}
