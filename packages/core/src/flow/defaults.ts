import type { Failure } from "../work/outcome.ts";

/** What a job field means where neither the job nor `defaults` writes it. */
export const JOB_DEFAULTS = {
  success: "100%",
  parallelism: "100%",
  wait: 0,
  boundFailures: false,
  order: "declared",
  env: {},
  shell: "/bin/sh",
  connectTimeout: "15s",
  freshLogin: false,
  okCodes: [0],
  retries: 0,
  retryDelay: "5s",
  retryOn: ["unreachable"] as readonly Failure[],
  outputs: false,
  reboot: false,
  rebootTimeout: "10m",
  delivery: "once",
  allowEmpty: false,
  atOnce: 1,
} as const;

/** What a check means where its stage does not write it; each time it is asked it has `timeout`. */
export const CHECK_DEFAULTS = { every: "5s", stable: 0, within: "5m", timeout: "30s" } as const;

/** What a gate means where it does not write it, and a job of its gates. */
export const GATE_DEFAULTS = {
  every: "30s",
  failures: 2,
  timeout: "10s",
  timeoutOfCheck: "30s",
  status: 200,
  bake: 0,
  onGateFail: "stop",
} as const;
