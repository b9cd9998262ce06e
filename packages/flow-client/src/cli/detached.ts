import { readOrder, type Order } from "../detach/order.ts";
import { Front } from "../detach/front.ts";
import type { DetachedRun } from "../carry/carry-run.ts";
import { SaidReporter } from "../reporters/lines/said.ts";
import { readAtMost } from "../usage/bounded-read.ts";
import { EXIT, type ExitCode } from "../usage/exit-codes.ts";
import { carryOptions, resumeOptions } from "../usage/options.ts";
import { say, sayTo } from "../usage/say.ts";
import { withLocal, withOptions, type Env } from "./read-options.ts";
import { withUserDefaults } from "./user-defaults.ts";

/** A plan of 100,000 hosts has 20. */
const MOST_MIB = 256;
/** Nobody but this user reads what this process writes. */
const UMASK = 0o077;

/** Carries a run that another rr-submit hands over on standard input, and tells it when the run has begun. */
export async function carryDetached(run: string, env: Env): Promise<ExitCode> {
  const front = Front.open();
  if (front === undefined) {
    say("--carry-detached is how rr-submit --detach starts itself; use that");
    return EXIT.usage;
  }
  process.umask(UMASK);
  const text = await readAtMost(process.stdin, MOST_MIB);
  const order = text.ok ? readOrder(text.value.toString("utf8")) : text;
  if (!order.ok) {
    front.say(`what was handed over cannot be carried: ${order.error}`);
    return EXIT.bug;
  }
  sayTo({ isPerson: order.value.isWatched, hear: (said) => front.say(said) });
  const all = await withUserDefaults(env);
  if (!all.ok) {
    say(...all.error);
    return EXIT.usage;
  }
  const detached: DetachedRun = {
    onBegun: () => {
      front.begun();
      sayTo(undefined);
    },
  };
  return carry(run, order.value, all.value, detached);
}

async function carry(run: string, order: Order, env: Env, detached: DetachedRun): Promise<ExitCode> {
  const own = { reporter: new SaidReporter(), isShown: true };
  const { written, secrets } = order;
  if (order.kind === "resume")
    return withOptions(written, env, resumeOptions, async (options) =>
      withLocal(written, env, { ...options, follow: undefined }, async (startLocal) => {
        const { resumeAsked } = await import("../commands/runs/resume-command.ts");
        return resumeAsked(run, secrets, unseen(options), env, startLocal, { own, detached });
      }),
    );
  const { plan, file, fileDigest, warnings, concurrent } = order.handOver;
  return withOptions(written, env, carryOptions, async (options) =>
    withLocal(written, env, { ...options, follow: undefined }, async (startLocal) => {
      const { carryNew } = await import("../commands/carry-new.ts");
      const asked = { run, plan, file, fileDigest, warnings, secrets: order.handOver.secrets ?? {} };
      return carryNew(asked, { ...unseen(options), concurrent }, env, startLocal, { own, detached });
    }),
  );
}

/** There is no screen. */
function unseen<T extends object>(
  options: T,
): T & { readonly output: "quiet"; readonly follow: undefined; readonly raw: false } {
  return { ...options, output: "quiet", follow: undefined, raw: false };
}
