import {
  blocksWithVariables,
  effective,
  locatedActs,
  locatedGates,
  locatedWays,
} from "../schema/flow-file.ts";
import { plainIn } from "../schema/job-env.ts";
import type { Salvaged } from "../schema/salvage.ts";
import type { WrittenFlow } from "../schema/flow-schema.ts";
import type { Path } from "../problem.ts";
import { utf8Length } from "../source/utf8.ts";
import { quote } from "../source/visible.ts";
import { isProgramName, SHELL_NAMES } from "../../work/shell-names.ts";
import type { Fault, Rule } from "./rule.ts";

/**
 * Linux takes just under 128 KiB for one argument or one variable (MAX_ARG_STRLEN), and says "Argument list
 * too long" beyond it, on the host, when it is too late.
 */
export const MAX_ARGUMENT_BYTES = 131_000;

/** Commands that the host's kernel can take. */
export const commands: Rule = (flow) => [
  ...locatedActs(flow).flatMap(({ act, path }): readonly Fault[] => [
    ...commandFaults(act.command, [...path, "command"], "the command", "use script"),
    ...("check" in act
      ? commandFaults(act.check, [...path, "check"], "the check", "call a program of the host")
      : []),
    ...unlessFaults(act, path),
  ]),
  // Before its stages a job is asked as a whole.
  ...locatedWays(flow).flatMap(({ way, path }) => (way.stages === undefined ? [] : unlessFaults(way, path))),
  ...locatedGates(flow).flatMap(({ gate, path }) =>
    commandFaults(gate.check, [...path, "check"], "the check", "call a program of the host"),
  ),
];

function unlessFaults({ unless }: { readonly unless?: string | undefined }, path: Path): readonly Fault[] {
  return commandFaults(unless, [...path, "unless"], "unless", "call a program of the host");
}

function commandFaults(
  command: string | undefined,
  path: Path,
  what: string,
  hint: string,
): readonly Fault[] {
  const position = { path };
  if (command === undefined) return [];
  if (command.trim() === "") return [{ position, message: `${what} is empty` }];
  const bytes = utf8Length(command);
  return bytes > MAX_ARGUMENT_BYTES
    ? [{ position, message: `has ${bytes} bytes; a command can have ${MAX_ARGUMENT_BYTES}`, hint }]
    : [];
}

/** Variables that arrive on the host, wherever they are written. */
export const variables: Rule = (flow) => [
  ...blocksWithVariables(flow).flatMap(({ env, secretEnv, path }) => [
    ...nameFaults(Object.keys(env ?? {}), [...path, "env"]),
    ...lengthFaults(plainIn(env), [...path, "env"]),
    ...nameFaults(Object.keys(secretEnv ?? {}), [...path, "secretEnv"]),
  ]),
  ...secretAndPlain(flow),
];

/** Of an inventory's `env`. */
export function variableFaults(
  env: Readonly<Record<string, string | undefined>>,
  path: Path,
): readonly Fault[] {
  return [...nameFaults(Object.keys(env), path), ...lengthFaults(env, path)];
}

function lengthFaults(env: Readonly<Record<string, string | undefined>>, path: Path): readonly Fault[] {
  return Object.entries(env).flatMap(([name, value]): readonly Fault[] => {
    const bytes = utf8Length(`${name}=${value ?? ""}`);
    return bytes > MAX_ARGUMENT_BYTES
      ? [
          {
            position: { path: [...path, name] },
            message: `has ${bytes} bytes; a variable can have ${MAX_ARGUMENT_BYTES}, its name included`,
          },
        ]
      : [];
  });
}

function nameFaults(names: readonly string[], path: Path): readonly Fault[] {
  return names.flatMap((name): readonly Fault[] => {
    const position = { path: [...path, name], at: "key" } as const;
    if (name.startsWith("RR_"))
      return [{ position, message: `${name}: variables that begin with RR_ are Roadrunner's own` }];
    if (isProgramName(name))
      return [{ position, message: `${name} is a name of Roadrunner's own`, hint: "use another name" }];
    return SHELL_NAMES.has(name)
      ? [
          {
            position,
            message: `${name} belongs to the shell: a value for it would not arrive`,
            hint: "use another name",
          },
        ]
      : [];
  });
}

/** One variable with a value and a secret: which one counts would be a guess. */
function secretAndPlain(flow: Salvaged<WrittenFlow>): readonly Fault[] {
  const found = locatedWays(flow).flatMap(({ of, way, path, located }) => {
    const ofJob = effective(flow, located, "secretEnv");
    const secrets = of === "undo" ? secretsOf(way, path, ofJob) : ofJob;
    const plain = { ...flow.defaults?.env, ...located.job.env, ...way.env };
    const stages = (way.stages ?? []).flatMap((stage, index) =>
      inBoth(secretsOf(stage ?? {}, [...path, "stages", index], secrets), { ...plain, ...stage?.env }),
    );
    return [...inBoth(secrets, plain), ...stages];
  });
  const ofGates = locatedGates(flow).flatMap(({ gate, job, path }) =>
    inBoth(secretsOf(gate, path, NO_SECRETS), { ...flow.defaults?.env, ...job.env, ...gate.env }),
  );
  return [...new Map([...found, ...ofGates].map((fault) => [fault.position.path.join("."), fault])).values()];
}

interface Secrets {
  readonly value: Readonly<Record<string, unknown>> | undefined;
  readonly path: Path;
}

const NO_SECRETS: Secrets = { value: undefined, path: [] };

/** Its own, else those around it. */
function secretsOf(
  { secretEnv }: { readonly secretEnv?: Secrets["value"] },
  path: Path,
  around: Secrets,
): Secrets {
  return secretEnv === undefined ? around : { value: secretEnv, path: [...path, "secretEnv"] };
}

function inBoth(secrets: Secrets, plain: Readonly<Record<string, unknown>>): readonly Fault[] {
  const both = Object.keys(secrets.value ?? {}).filter((name) => plain[name] !== undefined);
  return both.map((name) => ({
    position: { path: [...secrets.path, name], at: "key" as const },
    message: `${quote(name)} is in env as well`,
  }));
}
