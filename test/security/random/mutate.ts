import type { Random } from "../../support/random.ts";

/** Changes bytes as a hostile or broken peer may, once to three times. `words` go in where something is put in. */
export function mutateBytes(random: Random, bytes: Buffer, words: readonly string[]): Buffer {
  let mutated: Buffer = bytes;
  for (let left = random.between(1, 3); left > 0; left -= 1) mutated = mutateOnce(random, mutated, words);
  return mutated;
}

export function mutateText(random: Random, text: string, words: readonly string[]): string {
  return mutateBytes(random, Buffer.from(text), words).toString("utf8");
}

function mutateOnce(random: Random, bytes: Buffer, words: readonly string[]): Buffer {
  const from = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + random.pick([0, 1, 1, 2, 4, 16, 64]));
  const [head, cut, tail] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
  switch (random.below(8)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (from < bytes.length) flipped[from] = (bytes[from] ?? 0) ^ (1 << random.below(8));
      return flipped;
    }
    case 1: // Lost.
      return Buffer.concat([head, tail]);
    case 2: // Twice.
      return Buffer.concat([head, cut, cut, tail]);
    case 3: // Moved to another place.
      return insert(Buffer.concat([head, tail]), random.below(bytes.length - cut.length + 1), cut);
    case 4: // The rest is missing.
      return random.chance(50) ? head : Buffer.concat([cut, tail]);
    case 5:
      return Buffer.concat([head, Buffer.from([random.below(256)]), tail]);
    default:
      return Buffer.concat([head, Buffer.from(words[random.below(words.length)] ?? ""), tail]);
  }
}

function insert(bytes: Buffer, at: number, piece: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}

/** Cuts bytes into chunks as a network may: of any size, one byte included. */
export function chunksOf(random: Random, bytes: Buffer): Buffer[] {
  const most = random.pick([1, 3, 20, 300, 32_768, Number.MAX_SAFE_INTEGER]);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    // One byte at a time is enough for a while; a flood would take its time for nothing.
    const size = chunks.length > 300 ? bytes.length : random.between(1, Math.min(most, bytes.length - at));
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** Values that a field was not made for. */
const ODD: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    "",
    "0",
    " 0",
    "0x0",
    "ok",
    "failed",
    [],
    [0],
    {},
    "h2",
    "\u0000",
    "\u001b[2J",
    "\ud800",
  ],
  ...[0, -0, 1, -1, 0.5, 1e21, -1e300, 255, 256, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 64, 5e-324],
  ...["x".repeat(70), "x".repeat(5000), "__proto__", "constructor", "base64", "1", "unknown", "skipped"],
];

/** Changes a value that JSON can hold in one to three places: fields go, come, swap, or have odd values. */
export function mutateJson(random: Random, value: unknown, odd: readonly unknown[] = ODD): unknown {
  const copy = structuredClone(value);
  for (let left = random.between(1, 3); left > 0; left -= 1) mutateField(random, copy, odd);
  return copy;
}

function mutateField(random: Random, value: unknown, odd: readonly unknown[]): void {
  const holders = holdersIn(value);
  const holder = holders[random.below(holders.length)];
  if (holder === undefined) return;
  const keys = Object.keys(holder);
  const key = keys[random.below(keys.length)] ?? "x";
  const other = keys[random.below(keys.length)] ?? "y";
  switch (random.below(6)) {
    case 0:
      delete holder[key];
      return;
    case 1: {
      const held = holder[key];
      holder[key] = holder[other];
      holder[other] = held;
      return;
    }
    case 2:
      holder[random.pick(["extra", "v", "host", "__proto__x", ""])] = odd[random.below(odd.length)];
      return;
    default:
      holder[key] = odd[random.below(odd.length)];
  }
}

function holdersIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null) return [];
  const own = value as Record<string, unknown>;
  return [own, ...Object.values(own).flatMap(holdersIn)];
}
