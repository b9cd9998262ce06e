import { flowJsonSchema } from "@roadrunner/core";

/** `rr-submit schema`: the JSON Schema of flow files, for editors. */
export function schemaCommand(): void {
  process.stdout.write(`${JSON.stringify(flowJsonSchema(), undefined, 2)}\n`);
}
