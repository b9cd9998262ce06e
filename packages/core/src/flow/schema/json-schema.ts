import { z } from "zod";
import { Flow } from "./flow-schema.ts";
import { Inventory } from "./inventory-schema.ts";
import { Job } from "./job-schema.ts";

/** The JSON Schema (draft 2020-12) of a flow file, for editors: examples/flow.schema.json. */
export function flowJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(Flow);
}

/** The JSON Schema of an inventory file: examples/inventory.schema.json. */
export function inventoryJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(Inventory);
}

/** What a field takes, as JSON Schema says it; only what somebody reads of it. */
export interface FieldSchema {
  readonly type?: string;
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
  /** Of a list of variables: their values. */
  readonly additionalProperties?: FieldSchema | boolean;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly description?: string;
  readonly default?: unknown;
}

/** Every field of a job, in the order of the schema. */
export function jobFields(): ReadonlyMap<string, FieldSchema> {
  return new Map(Object.entries((jsonSchemaOf(Job) as FieldSchema).properties ?? {}));
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
