import { flowJsonSchema, safeJson } from "@roadrunner/core";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { print } from "../screen/print.ts";

/** `rr-submit schema`: the JSON Schema of flow files, for editors. */
export function schemaCommand(): Promise<ExitCode> {
  return print(safeJson(flowJsonSchema(), 2), EXIT.succeeded);
}
