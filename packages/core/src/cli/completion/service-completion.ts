import type { OptionTable } from "../options.ts";
import { completionText } from "./complete.ts";
import { SHELLS } from "./scripts.ts";

const COMPLETION = { word: "completion", describe: "print a script for a shell" };

/** What may stand at the cursor of the command line of a program that serves: its options, and `completion`. */
export async function serviceCompletion(text: string, options: OptionTable): Promise<string> {
  return completionText(text, {
    tables: () => Promise.resolve([options]),
    words: ({ earlier }) => {
      const words = earlier.length === 0 ? [COMPLETION] : SHELLS.map((word) => ({ word }));
      return Promise.resolve({ candidates: earlier.length < 2 ? words : [], files: false });
    },
    hosts: () => Promise.resolve([]),
  });
}
