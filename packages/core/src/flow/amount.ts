import type { Result } from "../errors.ts";
import { fail, succeed } from "../errors.ts";
import type { Amount } from "../rollout/plan/plan.ts";
import { quote } from "./source/visible.ts";

/** Which field an amount is for; they differ in what is allowed. */
export type AmountUse = "success" | "parallelism" | "spread" | "stepSuccess" | "tolerate";

/** `80%`, `33.33%`: 0 to 100, at most two decimals. */
export const SHARE_PATTERN = /^(?:(\d{1,2})(?:\.(\d{1,2}))?|100(?:\.00?)?)%$/;

/** A share as the flow writes it (`"80%"`) in hundredths of a per cent, or a number of hosts. */
export function parseAmount(written: unknown, use: AmountUse): Result<Amount, string> {
  if (typeof written === "number") return parseCount(written, use);
  if (typeof written !== "string") return fail(`must be ${expected(use)}, not ${quote(written)}`);
  const share = SHARE_PATTERN.exec(written);
  if (share === null) return fail(explainText(written, use));
  const hundredths =
    share[1] === undefined ? 10_000 : Number(share[1]) * 100 + Number((share[2] ?? "").padEnd(2, "0"));
  if (hundredths === 0 && (use === "parallelism" || use === "spread")) {
    return fail(`${quote(written)} would never start a host; at least 1 host at once is needed`);
  }
  return succeed({ kind: "share", hundredths });
}

function parseCount(count: number, use: AmountUse): Result<Amount, string> {
  if (use === "stepSuccess") {
    return fail(`must be a share of the step's hosts such as "90%", not the number ${count}`);
  }
  if (!Number.isSafeInteger(count)) {
    const asShare = count > 0 && count < 1 ? `; a share is written "${Math.round(count * 100)}%"` : "";
    return fail(`must be a whole number of hosts, not ${count}${asShare}`);
  }
  if (count < 0) return fail(`cannot be negative (${count})`);
  if (count === 0 && use === "success") return fail('cannot be 0; for best effort write "0%"');
  if (count === 0 && (use === "parallelism" || use === "spread")) {
    return fail("cannot be 0: no host would ever start; at least 1 host at once is needed");
  }
  return succeed({ kind: "count", count });
}

function explainText(written: string, use: AmountUse): string {
  if (written.startsWith("-")) return `cannot be negative (${quote(written)})`;
  if (use !== "stepSuccess" && /^\d+$/.test(written)) {
    return `${quote(written)} is neither a number nor a share: write ${Number(written)} without quotes for hosts, or "${written}%"`;
  }
  if (/^\d+$/.test(written)) return `${quote(written)} is no share: write "${written}%"`;
  if (/^\d+\.\d{3,}%$/.test(written)) return `${quote(written)} has more than two decimals`;
  if (/^\d{3,}(\.\d{1,2})?%$/.test(written)) return `${quote(written)} is over 100%`;
  return `must be ${expected(use)}, not ${quote(written)}`;
}

function expected(use: AmountUse): string {
  return use === "stepSuccess"
    ? 'a share such as "90%" or "33.33%"'
    : 'a share such as "80%" or "33.33%", or a whole number of hosts';
}
