import { z } from "zod";
import { Flow } from "./flow-schema.ts";
import { Inventory } from "./inventory-schema.ts";
import { Job } from "./job-schema.ts";
import { MARK } from "./param-places.ts";

/** The JSON Schema (draft 2020-12) of a flow file, for editors: examples/flow.schema.json. */
export function flowJsonSchema(): Record<string, unknown> {
  return { ...jsonSchemaOf(Flow, { $ref: "#/$defs/param" }), $defs: { param: REFERENCE } };
}

/** The JSON Schema of an inventory file: examples/inventory.schema.json. */
export function inventoryJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(Inventory);
}

/** What a field takes, as JSON Schema says it; only what somebody reads of it. */
export interface FieldSchema {
  readonly type?: string;
  readonly anyOf?: readonly FieldSchema[];
  /** All values that there are. */
  readonly enum?: readonly unknown[];
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

/** What may stand in place of a value that takes a parameter. */
const REFERENCE: z.core.JSONSchema.BaseSchema = {
  type: "object",
  description: "The value of this parameter.",
  properties: { param: { type: "string", description: "The parameter's name." } },
  required: ["param"],
  additionalProperties: false,
};

/** @param reference what marked fields take besides their own values; without it, nothing */
function jsonSchemaOf(schema: z.ZodType, reference?: z.core.JSONSchema.BaseSchema): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    io: "input",
    override: ({ jsonSchema }) => {
      // zod's bound of whole numbers says nothing to an author.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      // Of a part of a job, which has the job's value.
      if (jsonSchema.default === undefined) delete jsonSchema.default;
      if (jsonSchema[MARK] === undefined) return;
      delete jsonSchema[MARK];
      if (reference !== undefined) addReference(jsonSchema, reference);
    },
  });
}

function addReference(
  jsonSchema: z.core.JSONSchema.BaseSchema,
  reference: z.core.JSONSchema.BaseSchema,
): void {
  const { description, default: start, anyOf, ...own } = jsonSchema;
  for (const key of Object.keys(own)) delete jsonSchema[key];
  jsonSchema.anyOf = [...(anyOf ?? [own]), reference];
  if (description !== undefined) jsonSchema.description = description;
  if (start !== undefined) jsonSchema.default = start;
}
