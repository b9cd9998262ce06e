import { z } from "zod";
import { Flow } from "./flow-schema.ts";
import { Inventory } from "./inventory-schema.ts";

/** The JSON Schema (draft 2020-12) of a flow file, for editors: examples/flow.schema.json. */
export function flowJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(Flow);
}

/** The JSON Schema of an inventory file: examples/inventory.schema.json. */
export function inventoryJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(Inventory);
}

function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    io: "input",
    override: ({ jsonSchema }) => {
      // zod's bound of whole numbers says nothing to an author.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
}
