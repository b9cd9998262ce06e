import { serviceCompletion } from "@roadrunner/core/cli";
import { safeText } from "@roadrunner/core/safe-text";
import { workerOptions } from "../options/options.ts";

/** Answers the shell: what may stand at the cursor of this line. */
export async function completeLine(text: string): Promise<number> {
  process.stdout.write(safeText(await serviceCompletion(text, workerOptions)));
  return 0;
}
