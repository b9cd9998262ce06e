import type { Path } from "../problem.ts";
import { LIMITS } from "./limits.ts";
import { finding } from "./syntax-tree.ts";
import type { Finding, SyntaxNode } from "./syntax-tree.ts";

export const WRITTEN_TWICE = "is written twice";

/** What no schema sees: keys that stand twice in one object, `__proto__`, characters that no host can take. */
export function checkTree(root: SyntaxNode): readonly Finding[] {
  const findings: Finding[] = [];
  const visit = (node: SyntaxNode, path: Path): void => {
    if (findings.length > LIMITS.findings) return;
    if (typeof node.value === "string") findings.push(...badText(node, path));
    if (node.type === "array") node.children?.forEach((item, index) => visit(item, [...path, index]));
    if (node.type !== "object") return;
    const seen = new Set<string>();
    for (const property of node.children ?? []) {
      const [keyNode, value] = property.children ?? [];
      if (keyNode === undefined || findings.length > LIMITS.findings) continue;
      const key = String(keyNode.value);
      const inside = [...path, key];
      findings.push(...badText(keyNode, inside));
      if (seen.has(key))
        findings.push(finding(keyNode.offset, inside, WRITTEN_TWICE, "leave one of the two"));
      if (key === "__proto__") findings.push(finding(keyNode.offset, inside, "nothing can have this name"));
      seen.add(key);
      if (value !== undefined) visit(value, inside);
    }
  };
  visit(root, []);
  return findings;
}

function badText(node: SyntaxNode, path: Path): readonly Finding[] {
  const text = String(node.value);
  if (text.includes("\0"))
    return [finding(node.offset, path, "holds a NUL character, which no host can take")];
  return /\p{Cs}/u.test(text)
    ? [finding(node.offset, path, "holds half of a character (a lone UTF-16 surrogate)")]
    : [];
}
