import { completionText, SHELLS } from "@roadrunner/core/cli";
import { safeText } from "@roadrunner/core/safe-text";
import { coordinatorOptions } from "../options/options.ts";

/** Answers the shell: what may stand at the cursor of this line. */
export async function completeLine(text: string): Promise<number> {
  const answer = await completionText(text, {
    tables: () => Promise.resolve([coordinatorOptions]),
    words: ({ earlier }) => {
      const words = earlier.length === 0 ? [COMPLETION] : SHELLS.map((word) => ({ word }));
      return Promise.resolve({ candidates: earlier.length < 2 ? words : [], files: false });
    },
    hosts: () => Promise.resolve([]),
  });
  process.stdout.write(safeText(answer));
  return 0;
}

const COMPLETION = { word: "completion", describe: "print a script for a shell" };
