import { flowJsonSchema, safeJson } from "@roadrunner/core";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { print } from "./print.ts";

/** `rr-submit schema`: the JSON Schema of flow files, for editors. */
export function schemaCommand(): Promise<ExitCode> {
  return print(safeJson(flowJsonSchema(), 2), EXIT.succeeded);
}
