import * as z from "zod";

const count = z.number().int();

/** What waits and runs under one name on a job server. */
export const functionStandingSchema = z
  .object({ name: z.string(), queued: count, running: count, workers: count })
  .meta({ id: "FunctionStanding" });

/** What one job server says of itself; `problem`: it could not be asked. */
export const serverStandingSchema = z
  .object({
    server: z.string(),
    version: z.string().optional(),
    problem: z.string().optional(),
    /** False: it takes jobs, and has no admin protocol to tell of functions and workers. */
    admin: z.literal(false).optional(),
    functions: z.array(functionStandingSchema).readonly(),
  })
  .meta({ id: "ServerStanding" });
export type ServerStanding = z.output<typeof serverStandingSchema>;

/** One rr-worker, by its own word; `problem`: it is registered and gave none that can be believed. */
export const workerStandingSchema = z
  .object({
    id: z.string(),
    /** The pools that it serves; "" stands for tasks without a pool. */
    pools: z.array(z.string()).readonly(),
    servers: z.array(z.string()).readonly(),
    address: z.string().optional(),
    version: z.string().optional(),
    places: count.optional(),
    running: count.optional(),
    /** SSH connections, by what carries them. */
    connections: z.record(z.string(), count).readonly().optional(),
    state: z.string().optional(),
    problem: z.string().optional(),
  })
  .meta({ id: "WorkerStanding" });
export type WorkerStanding = z.output<typeof workerStandingSchema>;

/** Job servers and the workers on them. */
export const fleetSchema = z
  .object({
    servers: z.array(serverStandingSchema).readonly(),
    workers: z.array(workerStandingSchema).readonly(),
  })
  .meta({ id: "Fleet" });
export type Fleet = z.output<typeof fleetSchema>;
