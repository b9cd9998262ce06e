import { OUTCOMES } from "@roadrunner/core/cli";

/** Words before the colon of `@file:PATH` and `@failed:RUN`; any other is a source of groups. */
export const LIST_WORDS: readonly string[] = ["file", ...OUTCOMES];
