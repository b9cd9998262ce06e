import { formatMs, type GatePlan, type JobPlan, type PrometheusGate } from "@roadrunner/core";
import { clip, safeText } from "../text/safe-text.ts";
import { secretLines } from "./conduct.ts";

const MAX_WIDTH = 300;

/** What is asked while the job runs, where and how often, and what a fail does. */
export function gateLines({ gates, bakeMs = 0, onGateFail, stepped }: JobPlan): readonly string[] {
  if (gates === undefined) return [];
  const after = stepped ? "after the last one of each step" : "after the last one";
  const bake = bakeMs === 0 ? after : `for ${formatMs(bakeMs)} ${after}`;
  const fails =
    onGateFail === "hold"
      ? "one that fails holds the job until somebody says go on"
      : "one that fails ends the job as failed";
  return [
    `gates, asked before the first host, while hosts run, and ${bake}:`,
    ...gates.flatMap(linesOf),
    `  ${fails}; one that cannot tell is asked again, and then holds it`,
  ];
}

function linesOf(gate: GatePlan): readonly string[] {
  const { name, pool, everyMs, failures, timeoutMs, check } = gate;
  const conduct = [
    `every ${formatMs(everyMs)}`,
    failures === 1 ? "fails at once" : `fails after ${failures} fails with no pass between them`,
    `timeout ${formatMs(timeoutMs)}`,
    ...(pool === undefined ? [] : [`pool ${pool}`]),
    ...reachText(check),
  ];
  return [`  ${name}: ${askedText(gate)}`, `    ${conduct.join(", ")}`, ...moreOf(gate)].map((line) =>
    clip(line, MAX_WIDTH),
  );
}

function askedText({ prometheus, http, check }: GatePlan): string {
  if (prometheus !== undefined) return `${oneLine(prometheus.query)} ${boundsText(prometheus)}`;
  if (http !== undefined) return `${http.url} answers ${http.status}`;
  return `check ${oneLine(check?.work.command ?? "")} at ${check?.host.name ?? ""}`;
}

/** `is at least 1 and at most 300`. */
function boundsText({ min, max }: PrometheusGate): string {
  const bounds = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ];
  return `is ${bounds.join(" and ")}`;
}

/** What is of one kind of gate alone. */
function moreOf({ prometheus, http, check }: GatePlan): readonly string[] {
  const token = prometheus?.token ?? http?.token;
  const pairs = Object.entries(check?.env ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [
    ...(prometheus === undefined ? [] : [`    of ${prometheus.url}`]),
    ...(token === undefined ? [] : [`    with the secret ${token} as bearer token`]),
    ...(pairs.length === 0 ? [] : [`    env ${pairs.join(" ")}`]),
    ...secretLines(check?.work.secretEnv).map((line) => `    ${line}`),
  ];
}

function reachText(check: GatePlan["check"]): readonly string[] {
  if (check === undefined) return [];
  const { become, cwd, okCodes } = check.work;
  return [
    ...(check.host.user === undefined ? [] : [`user ${check.host.user}`]),
    ...(become === undefined ? [] : [`runs as ${become === true ? "root" : become}`]),
    ...(cwd === undefined ? [] : [`in ${cwd}`]),
    ...(okCodes.length === 1 && okCodes[0] === 0 ? [] : [`ok with exit code ${okCodes.join(" or ")}`]),
  ];
}

function oneLine(text: string): string {
  return safeText(text).replaceAll("\n", " ⏎ ");
}
