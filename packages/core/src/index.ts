export type { Result } from "./errors.ts";
export { fail, succeed, unreachable } from "./errors.ts";
export { defined } from "./optional-fields.ts";
export { parseRules } from "./flow/rules-file.ts";
export { FloodGate } from "./flood-gate.ts";
export { safeJson, safeJsonText, safeLine, safeText } from "./safe-text.ts";
export type { FlowProblem, Path } from "./flow/problem.ts";
export { formatFlowProblem } from "./flow/problem.ts";
export type { FaultyFlow, LoadedFlow } from "./flow/load-flow.ts";
export { loadSettings } from "./flow/load-settings.ts";
export { loadFlow } from "./flow/load-flow.ts";
export { expressionsIn } from "./flow/written-expressions.ts";
export type { GivenParam, GivenParams } from "./flow/params/given-params.ts";
export { loadParams, readParamOptions } from "./flow/params/given-params.ts";
export type { LoadedInventory } from "./flow/inventory/load-inventory.ts";
export { loadInventory } from "./flow/inventory/load-inventory.ts";
export type { FoundGroup } from "./flow/clustershell/clustershell-inventory.ts";
export { clusterShellInventory } from "./flow/clustershell/clustershell-inventory.ts";
export { fillIn } from "./flow/clustershell/fill-in.ts";
export type { GroupsConf, Upcall, UpcallSource } from "./flow/clustershell/groups-conf.ts";
export { loadGroupsConf } from "./flow/clustershell/groups-conf.ts";
export type { FileSource } from "./flow/clustershell/groups-yaml.ts";
export { loadGroupsYaml } from "./flow/clustershell/groups-yaml.ts";
export { expressionOfNodes } from "./flow/clustershell/node-set.ts";
export { labelsNobodyHas } from "./flow/inventory/labels-nobody-has.ts";
export { unsoundNamed } from "./flow/inventory/unsound.ts";
export { joinInventories } from "./flow/inventory/join-inventories.ts";
export { knownHosts } from "./flow/plan/known-hosts.ts";
export type { ScriptContent, Scripts } from "./flow/plan/script.ts";
export type { PlanNote } from "./flow/plan-note.ts";
export type { PlanInput, ResolvedPlan } from "./flow/resolve-plan.ts";
export { problemsOfFlow, resolvePlan } from "./flow/resolve-plan.ts";
export type { FieldSchema } from "./flow/schema/json-schema.ts";
export { flowJsonSchema, inventoryJsonSchema, jobFields } from "./flow/schema/json-schema.ts";
export { suggest } from "./flow/schema/suggest.ts";
export { MAX_DURATION_MS, parseDuration } from "./flow/duration.ts";
export { parseAmount } from "./flow/amount.ts";
export type { Host } from "./hosts/host.ts";
export { formatHost } from "./hosts/host.ts";
export type { ExpandOptions } from "./hosts/expand/expand-hosts.ts";
export { expandHosts } from "./hosts/expand/expand-hosts.ts";
export { groupsNamed } from "./hosts/groups-named.ts";
export { foldHosts } from "./hosts/fold/fold-hosts.ts";
export type { HostExpressionProblem } from "./hosts/problem.ts";
export type { Blame, Failure, Outcome } from "./work/outcome.ts";
export { formatMs } from "./rollout/duration-text.ts";
export type { OutcomeCounts, Verdict } from "./rollout/verdict.ts";
export { BLAMES, FAILURES, isFailure, OUTCOMES } from "./work/outcome.ts";
export type { Amount, AtPlan, JobPlan, RunPlan, SlotPlan, StagePlan } from "./rollout/plan/plan.ts";
export type { HostPlan } from "./rollout/plan/host-plan.ts";
export type { EndDetails, TaskEnd } from "./work/end.ts";
export { endIn } from "./work/end.ts";
export type { JobWork, Work } from "./work/work.ts";
export type { TransportName } from "./work/transport.ts";
export type { Outputs } from "./work/outputs.ts";
export { MAX_OUTPUTS_BYTES, OUTPUT_NAME } from "./work/outputs.ts";
export { isProgramName, SHELL_NAMES } from "./work/shell-names.ts";
export { digestText, UNLESS_TIMEOUT_MS, workIn } from "./work/work.ts";
export type { JobSummary, PlanSummary } from "./rollout/plan/plan-summary.ts";
export { planSummary } from "./rollout/plan/plan-summary.ts";
export type {
  Announcement,
  Ended,
  GateAnswer,
  GateRef,
  RolloutAction,
  RolloutEvent,
  TaskRef,
} from "./rollout/machine-events.ts";
export type { CheckGate, GatePlan, HttpGate, PrometheusGate } from "./rollout/plan/gate-plan.ts";
export { judgeGate } from "./contract/judge-gate.ts";
export type { GateFinding, GateQuestion, GateReading } from "./contract/gate-messages.ts";
export { parseGateFinding, parseGateQuestion } from "./contract/gate-messages.ts";
export { advance } from "./rollout/advance.ts";
export { notConfirmed } from "./rollout/not-confirmed.ts";
export { createRollout } from "./rollout/create-rollout.ts";
export type { RolloutOptions, RolloutState } from "./rollout/state/state.ts";
export { taskKey } from "./rollout/state/state.ts";
export type { JobNumbers, StepNumbers } from "./rollout/plan/job-numbers.ts";
export { jobNumbers } from "./rollout/plan/job-numbers.ts";
export { spreadNumbers, spreadValue } from "./rollout/plan/spread-numbers.ts";
export { holdsPlace } from "./rollout/plan/holds-place.ts";
export type { OutcomeMessage, OutputMessage, Progress, StartedMessage } from "./contract/answers.ts";
export { encodeAnswer, parseOutcome, parseProgress } from "./contract/answers.ts";
export type { WaysToEnd } from "./contract/contradiction.ts";
export { contradictionIn } from "./contract/contradiction.ts";
export type { HostBoot, SeenBoot } from "./contract/host-boot.ts";
export { isOther, isSameSince } from "./contract/host-boot.ts";
export {
  gateAt,
  gatePoolsOf,
  hostAt,
  jobAt,
  poolAt,
  poolsOf,
  slotNumber,
  stageAt,
  taskNames,
  workAt,
} from "./contract/plan-names.ts";
export {
  atPlaces,
  hostOf,
  retriesOf,
  stageIndexOf,
  stageText,
  textOfStage,
  worksOf,
} from "./rollout/plan/stages.ts";
export { toRunEvent } from "./contract/to-run-event.ts";
export type { ControlAnswer, ControlMessage } from "./contract/control.ts";
export { encodeControl, parseControl, parseControlAnswer } from "./contract/control.ts";
export { MAX_WORKLOAD_BYTES, WIRE_VERSION } from "./contract/messages.ts";
export type { TaskIdParts } from "./contract/names.ts";
export {
  CONTROL_PREFIX,
  controlFunction,
  gateFunction,
  gateId,
  isGateFunction,
  ID_PATTERN,
  keyOfDigest,
  base32,
  poolOf,
  recordId,
  runFunction,
  stageId,
  taskId,
  uniqueOf,
} from "./contract/names.ts";
export { planSchema } from "./contract/plan-schema.ts";
export { parseRunEvent, readRunEvent, runEventSchema } from "./contract/event-schema.ts";
export type { TaskReport } from "./contract/report.ts";
export { reportIn } from "./contract/report.ts";
export type { EventHead, RunEvent } from "./contract/run-events.ts";
export type { Workload, WorkloadTask, WrittenWorkload } from "./contract/workload.ts";
export { namesOf, parseWorkload } from "./contract/workload.ts";
