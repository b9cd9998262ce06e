/** What rr-submit and a coordinator say to each other. */
export { readAs } from "./first-fault.ts";
export * from "./fleet-api.ts";
export * from "./hand-over.ts";
export * from "./login-api.ts";
export * from "./output-api.ts";
export { FIELD_BOUNDS, PLAN_BOUNDS } from "./plan-bounds.ts";
export * from "./run-api.ts";
export * from "./task-api.ts";
export { ROW_STORY, rowOf, runRow } from "./run-row.ts";
