import { fail, succeed, type Result } from "@roadrunner/core";
import type { RunRow } from "@roadrunner/engine/api";
import type { ApiFault, CoordinatorClient } from "../coordinator/index.ts";
import { wrongUse, type Refusal } from "../usage/refusal.ts";
import { CoordinatorRun } from "./coordinator-run.ts";
import type { NotFound, RunFilter } from "./known-run.ts";

/** So many rows are asked for at once. */
const PAGE = 500;

/** Runs that a coordinator has, its own and those of its peers. */
export class CoordinatorRuns {
  readonly client: CoordinatorClient;
  readonly #word: string;

  /** @param word what names the coordinator in a next command */
  constructor(client: CoordinatorClient, word: string) {
    this.client = client;
    this.#word = word;
  }

  /** By `last`, an id, or the beginning of one. */
  async find(
    name: string,
  ): Promise<Result<{ readonly run: CoordinatorRun; readonly row: RunRow }, NotFound>> {
    // Of an empty one the path would be that of the list.
    if (name === "") return fail({ kind: "none", refusal: wrongUse("there is no run of an empty name") });
    const row = await this.client.run(name);
    if (!row.ok) return fail({ kind: kindOf(row.error), refusal: row.error.refusal });
    const { run, principal } = row.value;
    return succeed({ run: new CoordinatorRun(this.client, run, this.#word, principal), row: row.value });
  }

  /** Newest first. */
  async rows({ flow, state, last = Infinity }: RunFilter): Promise<Result<readonly RunRow[], Refusal>> {
    const rows: RunRow[] = [];
    let before: string | undefined;
    while (rows.length < last) {
      const limit = Math.min(PAGE, last - rows.length);
      const page = await this.client.runs({ flow, state, limit, before });
      if (!page.ok) return fail(page.error.refusal);
      rows.push(...page.value.runs);
      const { next } = page.value;
      // The same once more would have no end.
      if (next === undefined || next === before || page.value.runs.length === 0) break;
      before = next;
    }
    return succeed(rows.slice(0, last));
  }
}

function kindOf({ code }: ApiFault): NotFound["kind"] {
  if (code === "noSuchRun") return "none";
  return code === "ambiguousRun" ? "several" : "fault";
}
