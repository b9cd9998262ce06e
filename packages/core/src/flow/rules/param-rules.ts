import { blocksWithVariables } from "../schema/flow-file.ts";
import type { Path } from "../problem.ts";
import type { Fault, Rule } from "./rule.ts";

/** A parameter is a variable of all commands; another value for it would make a guess which one counts. */
export const paramsAndVariables: Rule = (flow) => {
  const names = Object.keys(flow.params ?? {});
  if (names.length === 0) return [];
  return blocksWithVariables(flow).flatMap(({ path, ...block }) =>
    (["env", "secretEnv"] as const).flatMap((field) => {
      const variables = block[field] ?? {};
      return names
        .filter((name) => variables[name] !== undefined)
        .map((name) => clash([...path, field, name], name));
    }),
  );
};

function clash(path: Path, name: string): Fault {
  return {
    position: { path, at: "key" },
    message: `${name} is a parameter of the flow, which commands have as a variable already`,
    hint: "rename one of the two",
  };
}
