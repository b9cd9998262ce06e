import * as z from "zod";
import { fail, succeed, type Result } from "@roadrunner/core";
import { openKept, sealKept, type PoolKey } from "@roadrunner/core/signing";

export type Secrets = Readonly<Record<string, string>>;

const secretsSchema = z.record(z.string(), z.string());

/** A run's secrets as the store may have them; undefined: there is no key to seal them with. */
export function sealSecrets(keys: readonly PoolKey[], run: string, secrets: Secrets): string | undefined {
  const [key] = keys;
  return key === undefined ? undefined : sealKept(key, nameOf(run), JSON.stringify(secrets));
}

/** The error is a sentence. */
export function openSecrets(keys: readonly PoolKey[], run: string, sealed: string): Result<Secrets, string> {
  const opened = openKept(keys, nameOf(run), sealed);
  if (!opened.ok) return fail(`what the store has of its secrets ${opened.error}`);
  return succeed(secretsSchema.parse(JSON.parse(opened.value)));
}

function nameOf(run: string): string {
  return `secrets of ${run}`;
}
