import type { Log } from "@roadrunner/core/service";
import { noWayIn } from "./no-way-in.ts";
import type { SignersOfFiles } from "./signers.ts";

const LOOK_EVERY_MS = 2000;

/** Tells in the log when the files of signers let nobody in, now and whenever that changes. Files that cannot be read say so elsewhere. */
export function watchSigners(signers: SignersOfFiles, log: Log): { end(): void } {
  let told: string | undefined;
  const look = (): void => {
    const read = signers.get();
    if (!read.ok) return;
    const why = noWayIn(read.value, signers.files, Date.now());
    if (why === told) return;
    told = why;
    if (why === undefined) log.info("somebody can log in again", { file: signers.files.allowedSigners });
    else log.warn(`nobody can log in: ${why}`);
  };
  look();
  const looking = setInterval(look, LOOK_EVERY_MS).unref();
  return { end: () => clearInterval(looking) };
}
