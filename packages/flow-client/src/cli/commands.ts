import { SHELLS, type OptionTable } from "@roadrunner/core/cli";
import { localWorkerOptions } from "../carry/local.ts";
import {
  attachOptions,
  loginOptions,
  signOptions,
  logoutOptions,
  oneLineOptions,
  placeOptions,
  planOptions,
  reportOptions,
  resumeOptions,
  runOptions,
  runsOptions,
  statusOptions,
} from "../usage/options.ts";

/** One command, as `--help` explains it and a shell completes it. */
export interface Command {
  /** Its name and its word; the flow itself has no name. */
  readonly usage: string;
  readonly describe: string;
  /** What its word is: a run that is carried now (`running`), any run, … */
  readonly word?: "flow" | "hosts" | "run" | "running" | "shell";
  /** A word behind it, which may be left out. */
  readonly second?: "job";
  readonly tables: readonly OptionTable[];
  readonly examples?: [string, string][];
}

export interface JobTables {
  readonly run: OptionTable;
  readonly ping: OptionTable;
}

export type CommandName = keyof ReturnType<typeof commandsWith>;

/** What stands for the command that has no name. */
export const FLOW = "$0";

/** All commands; the tables of `run` and `ping` are made of the job's schema, which most starts need not load. */
export function commandsWith(jobs: JobTables) {
  return {
    [FLOW]: {
      usage: "[flow]",
      describe: "run the flow in this file",
      word: "flow",
      tables: [runOptions, localWorkerOptions],
      examples: FLOW_EXAMPLES,
    },
    run: {
      usage: "run [hosts]",
      describe: "run one command on hosts: rr-submit run HOSTS -- COMMAND",
      word: "hosts",
      tables: [jobs.run, oneLineOptions, localWorkerOptions],
      examples: [
        ["rr-submit run 'db[1-3]' -- uptime", "what it wrote, hosts with the same output together"],
        [
          "rr-submit run @web --parallelism 25% --become -- systemctl restart apache2",
          "a quarter of them at once, as root",
        ],
      ],
    },
    ping: {
      usage: "ping [hosts]",
      describe: "log in to hosts, and tell who can be reached and why others cannot",
      word: "hosts",
      tables: [jobs.ping, oneLineOptions, localWorkerOptions],
      examples: [
        ["rr-submit ping 'db[1-3],fe[1-9]'", "who can be logged in to, and why not"],
        ["rr-submit ping @web --become --local", "from this box, and whether sudo asks for nothing"],
      ],
    },
    plan: {
      usage: "plan [flow]",
      describe:
        "show what would run: hosts, steps, rounded numbers, warnings; sends nothing, unless --ask-hosts",
      word: "flow",
      tables: [planOptions, localWorkerOptions],
      examples: [
        ["rr-submit plan flow.json", "who would run what, in which order"],
        ["rr-submit plan flow.json --limit 'db[1-3]' --json", "for a program, and on some hosts only"],
        ["rr-submit plan flow.json --ask-hosts", "which hosts would change, as each job's unless says"],
      ],
    },
    report: {
      usage: "report [run]",
      describe: "report a past run from its journal, as text, JSON, JUnit XML or one HTML page",
      word: "run",
      tables: [reportOptions],
      examples: [
        ["rr-submit report last", "the last run, with all output gathered"],
        ["rr-submit report last --html run.html", "a page to send to others"],
        ["docker compose run --rm -T submit report last --html - > run.html", "out of a container"],
        ["rr-submit report 20261124-0916 --junit run.xml", "for a CI server"],
      ],
    },
    resume: {
      usage: "resume [run]",
      describe: "go on with a run that was interrupted, stopped, or has failed",
      word: "run",
      tables: [resumeOptions, localWorkerOptions],
      examples: [
        ["rr-submit resume", "the last run, where it was left"],
        ["rr-submit resume last --retry failed,unreachable", "these hosts once more, and on from there"],
      ],
    },
    attach: {
      usage: "attach [run]",
      describe: "show a run of another rr-submit, or of a coordinator",
      word: "running",
      tables: [attachOptions],
      examples: [
        ["rr-submit attach", "the last run, as it goes"],
        ["rr-submit attach 20261124-0916 --output plain", "one of several, in lines"],
      ],
    },
    stop: {
      usage: "stop <run>",
      describe:
        "stop a run of another rr-submit on this box, or of a coordinator, as Ctrl-C would; again: kill what runs",
      word: "running",
      tables: [placeOptions],
      examples: [
        ["rr-submit stop last", "nothing new starts; what runs is finished"],
        ["rr-submit stop 20261124-0916", "one of several; once more, and what runs is killed"],
      ],
    },
    confirm: {
      usage: "confirm <run> [job]",
      describe:
        "answer yes to what a run of another rr-submit on this box, or of a coordinator, waits for: a slot, or a job that holds",
      word: "running",
      second: "job",
      tables: [placeOptions],
      examples: [
        ["rr-submit confirm last", "the slot that asks begins, or the job that holds goes on"],
        ["rr-submit confirm 20261124-0916 upgrade", "one of several jobs that hold"],
      ],
    },
    runs: {
      usage: "runs",
      describe: "list past and present runs of this box, and of a coordinator, newest first",
      tables: [runsOptions],
      examples: [
        ["rr-submit runs", "what ran, and how it ended"],
        ["rr-submit runs --flow deploy --state failed --last 3", "the last three times that it failed"],
      ],
    },
    status: {
      usage: "status",
      describe: "show job servers, queues and workers, and the coordinator, as they are now",
      tables: [statusOptions],
      examples: [
        ["rr-submit status", "of the job server of this box"],
        ["rr-submit status --servers a:4730,b:4730", "of two others"],
      ],
    },
    sign: {
      usage: "sign <run>",
      describe:
        "sign the plan of a run that a coordinator carries anew: it holds when the time is over for which it was signed",
      word: "running",
      tables: [signOptions],
      examples: [
        ["rr-submit sign last --sign-key ~/.ssh/id_ed25519", "it may start tasks for another 24 h"],
        ["rr-submit sign 20261124-0916 --max-run-time 3d", "with the key that RR_SIGN_KEY names"],
      ],
    },
    login: {
      usage: "login",
      describe:
        "log in to a coordinator on the network by SSH key, and tell as whom; other commands do so by themselves",
      tables: [loginOptions],
      examples: [
        [
          "rr-submit login --coordinator https://c.example.com --sign-key ~/.ssh/id_ed25519",
          "with a key in a file",
        ],
        [
          "rr-submit login --sign-key ~/.ssh/id_ed25519.pub",
          "with one that the agent holds; RR_COORDINATOR is set",
        ],
      ],
    },
    logout: {
      usage: "logout",
      describe: "give the login with a coordinator back",
      tables: [logoutOptions],
      examples: [
        ["rr-submit logout --coordinator https://c.example.com", "of one of several"],
        ["rr-submit logout", "of the one that RR_COORDINATOR names"],
      ],
    },
    schema: {
      usage: "schema",
      describe: "print the JSON Schema of flow files",
      tables: [],
      examples: [
        ["rr-submit schema > flow.schema.json", 'for an editor: "$schema": "./flow.schema.json"'],
        ["rr-submit schema | jq .properties", "what a flow may say"],
      ],
    },
    completion: {
      usage: "completion [shell]",
      describe: `print a script that completes command lines in ${SHELLS.join(", ")}`,
      word: "shell",
      tables: [],
      examples: [
        ["source <(rr-submit completion bash)", "in ~/.bashrc; zsh in ~/.zshrc"],
        ["rr-submit completion fish | source", "in ~/.config/fish/config.fish"],
      ],
    },
  } as const satisfies Readonly<Record<string, Command>>;
}

const FLOW_EXAMPLES: [string, string][] = [
  ["rr-submit run 'db[1-3]' --local -- uptime", "run one command, from this box"],
  ["rr-submit plan flow.json", "see what would run"],
  ["rr-submit flow.json --servers gearmand:4730", "run it through a job server"],
  ["rr-submit flow.json --local", "run it without one, from this box"],
  ["rr-submit flow.json --limit 'db[1-3]'", "only on some of its hosts"],
  ["rr-submit flow.json --follow 'db[1-3]'", "watch what they write"],
  ["rr-submit flow.json --coordinator https://c.example.com", "have a coordinator carry it"],
  ["rr-submit report last --html run.html", "tell others how it went"],
  ["source <(rr-submit completion bash)", "complete commands, options, runs and groups"],
];

/** The command that a word before `--` names, else the flow's. */
export function commandIn(args: readonly string[]): CommandName {
  const end = args.indexOf("--");
  const names = Object.keys(commandsWith({ run: {}, ping: {} })) as CommandName[];
  const words = args.slice(0, end === -1 ? args.length : end);
  return words.map((word) => names.find((name) => name === word)).find((name) => name !== undefined) ?? FLOW;
}
