import { fail, LABEL_NAME, LABEL_NAME_RULE, succeed, type Result } from "@roadrunner/core/cli";

/** What `--labels` names: `rack,zone`. */
export function parseLabelNames(text: string): Result<readonly string[], string> {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !LABEL_NAME.test(name));
  return wrong === undefined
    ? succeed(names)
    : fail(`${JSON.stringify(wrong)} is no name of a label: ${LABEL_NAME_RULE}`);
}
