import { fail, succeed, type Result } from "../errors.ts";
import { checkTree } from "./source/check-tree.ts";
import { parseJson } from "./source/parse-json.ts";

/** The rules of a file that says who may do what: JSON, `{ "rules": [ … ] }`; every problem of its form at once. */
export function parseRules(text: string): Result<readonly unknown[], readonly string[]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail([`it is not JSON: ${(error as Error).message}`]);
  }
  const tree = parseJson(text);
  const findings = tree.ok ? checkTree(tree.value) : tree.error;
  if (findings.length > 0)
    return fail(
      findings.map(({ path, message }) => {
        const [, index, ...inside] = path;
        const rule = typeof index === "number" ? `rule ${index + 1}: ` : "";
        const name = inside.length > 0 ? inside.join(".") : path.join(".");
        return `${rule}${JSON.stringify(name)} ${message}`;
      }),
    );
  const { rules } = Object(json) as { readonly rules?: unknown };
  return Array.isArray(rules) && Object.keys(json as object).join() === "rules"
    ? succeed(rules as readonly unknown[])
    : fail(['it must be { "rules": [ … ] } and nothing else']);
}
