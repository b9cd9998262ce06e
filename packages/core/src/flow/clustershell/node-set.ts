import type { Result } from "../../errors.ts";
import { fail, succeed } from "../../errors.ts";
import { parseHostExpression } from "../../hosts/parse/parse-host-expression.ts";

/**
 * A host expression of what ClusterShell writes for a group of a source: node sets with white space between them, joined
 * as it joins them, by commas. `@group` in it is one of the same source. The error says what cannot be read, and what to do.
 */
export function expressionOfNodes(
  text: string,
  source: string,
): Result<string, { readonly message: string; readonly hint?: string }> {
  const nodes = text
    .split(/\s+/)
    .filter((word) => word !== "")
    .join(",");
  if (nodes === "") return fail({ message: "no host" });
  const written: string[] = [];
  for (const term of parseHostExpression(nodes)) {
    if (!term.ok) {
      const { message, hint, column } = term.error;
      const near = nodes.slice(Math.max(0, column - 20), column + 20);
      return fail({
        message: `${message}, near ${JSON.stringify(near)}`,
        ...(hint === undefined ? {} : { hint }),
      });
    }
    const { operator, operand, labels } = term.value;
    if (labels.length > 0)
      return fail({ message: "labels in braces are not known in ClusterShell's groups" });
    const { start, end } = operand.span;
    const own = nodes.slice(start, end);
    const isInSource = operand.kind === "groups" && !own.includes(":");
    written.push(start === 0 ? "" : operator, isInSource ? `@${source}:${own.slice(1)}` : own);
  }
  return succeed(written.join(""));
}
