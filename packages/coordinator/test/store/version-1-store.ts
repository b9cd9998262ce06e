import { expect } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { warning } from "./some-events.ts";
import { valueOf } from "./store-contract.ts";

/** Runs of a coordinator of the first version. */
export const ENDED = "20261101-080000-endedrun";
export const OPEN = "20261101-090000-openrunx";

/** The statements that leave them behind, each with all that such a coordinator writes. */
export function version1Rows(schema: string): readonly string[] {
  const columns =
    "run, flow, handed_by, concurrent, owner, epoch, lease_until_ms, events, hand_over, secrets, verdict, ended_ms, row_json, doomed";
  const event = (run: string, number: number): string => {
    const text = JSON.stringify(warning(`event ${number}`, run));
    return `insert into ${schema}events (run, number, event, size, has_output) values ('${run}', ${number}, '${text}', ${text.length}, 0)`;
  };
  return [
    `insert into ${schema}runs (${columns}) values ('${ENDED}', 'deploy', 'ada@box', 0, 'old', 3, 0, 2, '', null, 'ok', 1793520000000, '{"run":"${ENDED}"}', 0)`,
    `insert into ${schema}runs (${columns}) values ('${OPEN}', 'deploy', 'ada@box', 0, 'old', 1, 0, 1, '{"v":1}', 'sealed', null, null, null, 0)`,
    ...[1, 2].map((number) => event(ENDED, number)),
    event(OPEN, 1),
    `insert into ${schema}words (run, kind, said_ms) values ('${OPEN}', 'stop', 1793520000000)`,
  ];
}

/** Its runs are what they were, and are carried on. */
export async function expectVersion1Runs(store: Store): Promise<void> {
  const runs = valueOf(await store.runs({ limit: 9 }));
  expect(runs).toEqual([
    {
      ...{ run: OPEN, flow: "deploy", by: "ada@box", epoch: 1, carried: false, mine: false },
      ...{ ended: false, events: 1 },
    },
    {
      ...{ run: ENDED, flow: "deploy", by: "ada@box", epoch: 3, carried: false, mine: false },
      ...{ ended: true, events: 2, row: { run: ENDED } },
    },
  ]);
  expect(valueOf(await store.events(ENDED, 1, 9)).map(({ event }) => event)).toEqual([
    warning("event 1", ENDED),
    warning("event 2", ENDED),
  ]);
  expect(valueOf(await store.signedPlans(ENDED))).toEqual({ before: [] });
  expect(valueOf(await store.claim(9))).toEqual([
    { run: OPEN, epoch: 2, handOver: '{"v":1}', secrets: "sealed" },
  ]);
  expect(valueOf(await store.words())).toMatchObject([{ run: OPEN, kind: "stop" }]);
  const next = { run: "20261101-100000-aaaaaaaa", flow: "other", by: "ada@box", handOver: "{}" };
  valueOf(await store.accept({ ...next, concurrent: false, principal: "ada@ops" }));
  expect(valueOf(await store.run(next.run))?.principal).toBe("ada@ops");
}
