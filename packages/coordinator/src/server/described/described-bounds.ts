import { FIELD_BOUNDS, PLAN_BOUNDS } from "@roadrunner/engine/api";

/** A JSON schema, as far as bounds are written into it. */
interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  maxItems?: number;
  maximum?: number;
  maxLength?: number;
  maxProperties?: number;
}

/** Parts of a plan, by the names of their schemas. */
const PARTS = ["RunPlan", "PlannedSlot", "PlannedJob", "PlannedStage", "PlannedGate", "PlannedHost"];

/**
 * Writes the bounds of a plan that is handed over into its schemas. These are read as journals are, which have none:
 * what is handed over is held against the same numbers in a look of its own.
 */
export function describeBounds(schemas: Readonly<Record<string, unknown>>): void {
  for (const name of PARTS) boundAll(schemaNamed(schemas, name));
  for (const [name, bounds] of Object.entries(FIELD_BOUNDS))
    for (const [field, most] of Object.entries(bounds)) {
      const schema = schemaNamed(schemas, name).properties?.[field];
      if (schema === undefined) throw new Error(`bug: ${name} has no ${field} that could be bounded`);
      if (schema.type === "array") schema.maxItems = most;
      else schema.maximum = most;
    }
}

function schemaNamed(schemas: Readonly<Record<string, unknown>>, name: string): Schema {
  const schema = schemas[name];
  if (schema === undefined) throw new Error(`bug: no schema is named ${name}`);
  return schema as Schema;
}

/** What holds for names, lists of hosts and objects wherever they stand. */
function boundAll(schema: Schema): void {
  if (typeof schema.additionalProperties === "object") {
    schema.maxProperties = PLAN_BOUNDS.entries;
    boundAll(schema.additionalProperties);
  }
  if (schema.items !== undefined) boundAll(schema.items);
  for (const [field, inside] of Object.entries(schema.properties ?? {})) {
    if (field === "name" && inside.type === "string") inside.maxLength ??= PLAN_BOUNDS.name;
    if (field === "hosts") inside.maxItems = PLAN_BOUNDS.hosts;
    boundAll(inside);
  }
}
