import { z } from "zod";
import { TRANSPORTS } from "../../work/transport.ts";
import { env } from "./env-fields.ts";
import { labels } from "./label-fields.ts";
import { Groups, SchemaReference } from "./flow-schema.ts";
import { mustBe, POOL_PATTERN, POOL_RULE, textOf, USER_PATTERN, USER_RULE } from "./text-fields.ts";

const PORT = mustBe("a port, 1 to 65535");

export const HostEntry = z.strictObject(
  {
    address: textOf(/^(?!-)[A-Za-z0-9_.:%-]{1,253}$/, "a host name or an IP address, without user and port")
      .optional()
      .meta({ description: "Where to connect to instead of the host's name." }),
    port: z
      .int(PORT)
      .min(1, PORT)
      .max(65535, PORT)
      .optional()
      .meta({ description: "TCP port of its SSH server." }),
    user: textOf(USER_PATTERN, USER_RULE).optional().meta({
      description: "As whom to log in, where the flow does not say.",
    }),
    pool: textOf(POOL_PATTERN, POOL_RULE).optional().meta({
      description: "Which workers reach it; a job's own pool goes before, defaults after.",
    }),
    transport: z
      .enum(TRANSPORTS, mustBe(`one of ${TRANSPORTS.join(", ")}`))
      .optional()
      .meta({
        description:
          "How a worker reaches it: ssh2 (builtin), the worker's own ssh (openssh), whichever can (auto), or the worker's own box without SSH (local).",
      }),
    env: env().optional().meta({
      description: "Environment variables on these hosts; a job's go before, defaults after.",
    }),
    labels: labels().optional().meta({
      description: "Facts about these hosts, such as their rack; @group{rack=r7} selects by them.",
    }),
  },
  mustBe("fields of a host in { }"),
);

export const Inventory = z
  .strictObject(
    {
      $schema: SchemaReference,
      groups: Groups,
      hosts: z
        .record(z.string(), HostEntry, mustBe("host expressions and their fields in { }"))
        .optional()
        .meta({ description: "A host, or an expression for several, to what is known of each of them." }),
    },
    mustBe("an inventory in { }"),
  )
  .meta({ title: "Roadrunner inventory" });

export type WrittenInventory = z.infer<typeof Inventory>;
export type HostEntry = z.infer<typeof HostEntry>;
