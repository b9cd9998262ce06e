import { randomBytes } from "node:crypto";
import { fail, succeed, type Result } from "../errors.ts";
import type { PoolKey } from "./pool-keys.ts";
import { deriveKey, openText, readSealed, sealText } from "./sealed-text.ts";

const SALT_BYTES = 16;
/** Where it lies; nothing that goes to a worker, or comes from one, has this name. */
const PLACE = "kept";

/** Seals a text for its time in a store, with a pool key; it can be opened under this name alone. */
export function sealKept(key: PoolKey, name: string, text: string): string {
  const salt = randomBytes(SALT_BYTES).toString("base64");
  const at = { n: 0, last: true };
  const data = sealText(keyFor(key, salt, name), text, at);
  return JSON.stringify({ v: 1, sealed: { key: key.id, salt, ...at, data } });
}

/** Opens it with whichever of the keys it was sealed with; the error completes "it …". */
export function openKept(keys: readonly PoolKey[], name: string, text: string): Result<string, string> {
  const sealed = readSealed(text);
  if (!sealed.ok) return sealed;
  const key = keys.find(({ id }) => id === sealed.value.key);
  if (key === undefined) return fail(`is sealed with the pool key ${sealed.value.key}, which is not there`);
  const opened = openText(keyFor(key, sealed.value.salt, name), sealed.value);
  return opened === undefined ? fail("was altered, or sealed for something else") : succeed(opened);
}

function keyFor(key: PoolKey, salt: string, name: string): Buffer {
  return deriveKey(key.bytes, salt, { direction: "in", function: PLACE, unique: name });
}
