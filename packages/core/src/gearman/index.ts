export type { AdapterLog } from "./adapter-log.ts";
export type { ConnectedWorker, FunctionStatus } from "./admin/admin-text.ts";
export type { AdminFailure, AdminOptions } from "./admin/admin.ts";
export { adminStatus, adminVersion, adminWorkers } from "./admin/admin.ts";
export type { GearmanClientOptions } from "./client/client.ts";
export { GearmanClient } from "./client/client.ts";
export type { Dial } from "./connection/dial.ts";
export type { EmbeddedServer } from "./embedded-server.ts";
export { startEmbeddedServer } from "./embedded-server.ts";
export type { GrabbedJob } from "./worker/assignment.ts";
export { Places } from "./worker/places.ts";
export type { LinkState } from "./connection/redialer.ts";
export type { ServerAddress } from "./connection/server-address.ts";
export { DEFAULT_PORT, formatServer, parseServers } from "./connection/server-address.ts";
export type {
  Priority,
  RejectionCode,
  Submission,
  SubmissionRequest,
  SubmissionResult,
} from "./client/submission.ts";
export type { JobHandler, JobResult } from "./worker/worker-link.ts";
export type { GearmanWorkerOptions, WorkerFunction, WorkerLinkState } from "./worker/worker.ts";
export { GearmanWorker } from "./worker/worker.ts";
