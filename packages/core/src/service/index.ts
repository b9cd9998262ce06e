/** What programs share that serve for long: the log, and the answers to Prometheus and to probes. */
export type { Log } from "./log.ts";
export { createLogger } from "./create-logger.ts";
export { HealthServer } from "./health-server.ts";
