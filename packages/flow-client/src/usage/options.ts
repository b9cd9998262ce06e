import {
  choiceOption,
  durationOption,
  flagOption,
  joined,
  numberOption,
  optionalChoiceOption,
  optionalNumberOption,
  parsedOption,
  functionPrefixOption,
  serversOption,
  succeed,
  sizeOption,
  textOption,
  textsOption,
  type OptionTable,
  type OptionValues,
  type Outcome,
} from "@roadrunner/core/cli";
import { parseCoordinator, type CoordinatorAddress } from "@roadrunner/engine/address";
import { parseLabelNames } from "./parse-label-names.ts";
import { parseRetry, RETRYABLE } from "./parse-retry.ts";

/** The same options under a heading of their own in --help. */
export function grouped<T extends OptionTable>(group: string, table: T): T {
  return Object.fromEntries(Object.entries(table).map(([name, spec]) => [name, { ...spec, group }])) as T;
}

/** What most command lines need: --help shows these first, and the rest under headings. */
const MOST_USED = [
  ...["servers", "local", "inventory", "limit", "exclude", "param"],
  ...["retry", "follow", "output", "yes"],
];

function mostUsedFirst<T extends OptionTable>(table: T): T {
  const used = Object.entries(table).filter(([name]) => MOST_USED.includes(name));
  return { ...grouped("Most used:", Object.fromEntries(used)), ...withoutUsed(table) } as T;
}

function withoutUsed(table: OptionTable): OptionTable {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !MOST_USED.includes(name)));
}

const OUTPUTS = ["auto", "tty", "plain", "gathered", "ndjson", "quiet"] as const;

const PRIORITIES = ["normal", "high", "low"] as const;

const RUN_STATES = ["succeeded", "failed", "cancelled", "running", "open", "damaged"] as const;

const POOL_KEY_FILE = textOption(
  "seal what goes to the workers with the first key of this file: 32 bytes a line; nothing to do with --local",
);

export const serverOptions = {
  servers: serversOption(
    "Gearman job servers, host:port,host:port; unix:/path is a socket; the first that answers is used",
  ),
  "function-prefix": functionPrefixOption(),
};

const COORDINATOR = parsedOption<CoordinatorAddress | undefined>(
  "coordinator that carries runs: https://HOST[:PORT], or the socket of one on this box, unix:/path",
  // Empty in the environment: none.
  (text) => (text === "" ? succeed(undefined) : parseCoordinator(text)),
  { value: undefined, text: "" },
);

const COORDINATOR_CA = textOption(
  "trust a coordinator's certificate by these authorities alone: a file of PEM; without it, by those that Node.js has",
);

/** How a coordinator on the network is trusted, and how one logs in to it. */
const accessOptions = {
  "coordinator-ca": COORDINATOR_CA,
  "sign-key": textOption(
    "SSH key to log in to the coordinator with: a private key file, NAME.pub of a key in the agent, or NAME-cert.pub",
  ),
  "sign-as": textOption("principal to log in as, where allowed_signers leaves it open"),
};

export const loginOptions = { coordinator: COORDINATOR, ...accessOptions };

/** What is given back needs no key. */
export const logoutOptions = { coordinator: COORDINATOR, "coordinator-ca": COORDINATOR_CA };

/** For how long a coordinator may start what was signed. */
const signedTime = {
  "max-run-time": durationOption("how long a coordinator may start tasks of what --sign-key signed", "24h"),
};

/** Where runs are known, beside this box. */
export const placeOptions = {
  coordinator: COORDINATOR,
  ...accessOptions,
  here: flagOption("only runs of this box, although RR_COORDINATOR names a coordinator"),
};

/** Of a run whose plan is signed anew. */
const signedBefore = {
  "signed-by": textOption(
    "whose earlier signature of the plan counts as your own: the key, SHA256:…; or nobody, where there is none",
  ),
};

export const signOptions = { ...placeOptions, ...signedTime, ...signedBefore };

/** Who carries a run. */
const carrierOptions = {
  coordinator: COORDINATOR,
  ...signedTime,
  "coordinator-ca": COORDINATOR_CA,
  detach: flagOption("print the run's id and end as soon as it is carried; rr-submit attach shows it"),
  here: flagOption("carry it on this box, although RR_COORDINATOR names a coordinator"),
};

/** What narrows or completes the flow; also options of `plan`. */
export const flowOptions = {
  inventory: textsOption(
    "inventory: a file of ours, JSON of ansible-inventory --list, or a program that prints it; given again, that as well",
    { alias: "i" },
  ),
  "groups-conf": textOption(
    "groups of ClusterShell: its groups.conf, such as /etc/clustershell/groups.conf; its commands are run for groups named",
  ),
  labels: parsedOption<readonly string[] | undefined>(
    "variables of an inventory of Ansible that become labels, such as rack,zone: @web{rack=r7} chooses by them",
    parseLabelNames,
    { value: undefined, text: "" },
    { repeated: joined },
  ),
  limit: textOption("only these hosts (a host expression; also @-, @file:PATH and @failed:RUN, @ok:RUN, …)", {
    names: "hosts",
  }),
  exclude: textsOption("not these hosts (a host expression); given again, not those either", {
    names: "hosts",
  }),
};

/** Values of the flow's parameters. */
export const paramOptions = {
  param: textsOption("value of a parameter of the flow, NAME=VALUE; given again, of another one"),
  "params-file": textOption("file of parameters, JSON or YAML: names and values; --param goes first"),
  "secret-file": textsOption(
    "private file that holds a secret parameter of the flow, NAME=PATH; without it, it is asked for",
  ),
};

export const reportOptions = {
  html: textOption("write one self-contained page to this file; - for standard output"),
  junit: textOption("write JUnit XML to this file, or to standard output (-): a suite a job, a case a host"),
  json: flagOption("print the report as JSON"),
  stages: flagOption(
    "print the output of each stage of a host's way as well, not only of the one that counts",
  ),
  ...placeOptions,
};

export const attachOptions = {
  output: choiceOption("how the run is shown", OUTPUTS),
  ...placeOptions,
};

export const runsOptions = {
  flow: textOption("only runs of the flow of this name"),
  state: optionalChoiceOption("only runs in this state", RUN_STATES),
  last: optionalNumberOption("only so many, the newest", { min: 1, max: 1_000_000 }, { defaultText: "all" }),
  json: flagOption("print the list as JSON"),
  ...placeOptions,
};

export const statusOptions = {
  ...serverOptions,
  "pool-key-file": POOL_KEY_FILE,
  json: flagOption("print it as JSON"),
  coordinator: COORDINATOR,
  ...accessOptions,
};

const viewOptions = {
  output: choiceOption("how the run is shown", OUTPUTS),
  follow: textOption("show the output of all hosts, or of these, as it comes", {
    valueOptional: true,
    names: "hosts",
  }),
  raw: flagOption("let escape sequences of hosts through to the terminal, with --follow"),
  "output-dir": textOption("write the whole output to files in this new folder: JOB/HOST.stdout and .stderr"),
};

const limitOptions = grouped("Limits and waiting:", {
  "keep-output": sizeOption("most bytes kept of each output stream in the run's events", {
    min: 256,
    max: 16 * 1024 * 1024,
    default: 16 * 1024,
    defaultText: "16k",
  }),
  "max-in-flight": numberOption("most tasks submitted at once", { min: 1, max: 100_000, default: 1000 }),
  priority: choiceOption<(typeof PRIORITIES)[number]>(
    "whose turn it is at the job server, among other clients' jobs for these workers",
    PRIORITIES,
  ),
  "wait-for-workers": durationOption("how long to wait for a worker of each function", "10s"),
  "server-timeout": durationOption(
    "how long to be without a job server that takes tasks before the run is interrupted",
    "60s",
  ),
  "lost-timeout": durationOption("how long to ask for a lost task before it ends unknown", "5m"),
});

const workerOptions = {
  "sign-key": textOption(
    "sign the run for workers with --allowed-signers, and log in to the coordinator: a private key file, NAME.pub of a key in the agent, or NAME-cert.pub",
  ),
  "pool-key-file": POOL_KEY_FILE,
  "sign-as": textOption("principal to sign as, where allowed_signers leaves it open"),
  local: flagOption("run an embedded job server and worker in this process"),
};

const { "keep-output": _keepOutput, ...askLimits } = limitOptions;

/** Of `plan`, as far as it sends anything. */
export const askOptions = grouped("With --ask-hosts:", { ...workerOptions, ...askLimits });

const undoOptions = {
  "no-undo": flagOption("leave out what would undo jobs that fail"),
};

export const planOptions = {
  ...serverOptions,
  ...flowOptions,
  ...paramOptions,
  ...undoOptions,
  ...placeOptions,
  json: flagOption("print the plan as JSON"),
  "no-servers": flagOption("do not ask the job servers who serves what"),
  "ask-hosts": flagOption(
    "have the hosts asked each job's unless, and run nothing else: who would change, who not, who gives no answer",
  ),
  ...askOptions,
};

/** Of whatever carries a run: a new one or a resumed one. */
export const carryOptions = {
  ...grouped("Through what:", { ...serverOptions, ...workerOptions, ...carrierOptions }),
  ...grouped("What is shown:", viewOptions),
  ...limitOptions,
};

export const runOptions = mostUsedFirst({
  ...grouped("What runs, and where:", {
    ...flowOptions,
    ...paramOptions,
    ...undoOptions,
    yes: flagOption("answer yes to the question before the run", { alias: "y" }),
    concurrent: flagOption("run it although a flow of this name runs on this box already"),
  }),
  ...carryOptions,
});

export type RunOptions = OptionValues<typeof runOptions>;

const {
  concurrent: _concurrent,
  "no-undo": _noUndo,
  param: _param,
  "params-file": _paramsFile,
  "secret-file": _secretFile,
  ...ofOneLine
} = runOptions;

/** Of `run` and `ping`: their flow has no name that a second one would have to wait for, and no parameters. */
export const oneLineOptions = mostUsedFirst({
  ...ofOneLine,
  ...grouped("What is shown:", {
    output: choiceOption<(typeof OUTPUTS)[number]>("how the run is shown", OUTPUTS, {
      default: "gathered",
      defaultText: "gathered",
    }),
  }),
});

export const resumeOptions = mostUsedFirst({
  ...carryOptions,
  ...grouped("Through what:", signedBefore),
  ...grouped("What is taken again:", {
    ...paramOptions,
    retry: parsedOption<readonly Outcome[] | undefined>(
      "take again those hosts of the failed slot that have these outcomes, such as failed,unreachable",
      parseRetry,
      { value: undefined, text: "" },
      { repeated: joined, choices: RETRYABLE },
    ),
    confirm: flagOption(
      "answer yes to what it waits for: the question before the next slot, or jobs that hold",
    ),
  }),
});
