import { z } from "zod";
import { Flow } from "./flow-schema.ts";
import { Inventory } from "./inventory-schema.ts";

/** The JSON Schema (draft 2020-12) of a flow file, for editors: examples/flow.schema.json. */
export function flowJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(Flow, { io: "input" });
}

/** The JSON Schema of an inventory file: examples/inventory.schema.json. */
export function inventoryJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(Inventory, { io: "input" });
}
