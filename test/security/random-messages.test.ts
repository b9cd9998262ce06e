import { MessageCheck, parseAllowedSigners, type PoolSeal } from "@roadrunner/core/signing";
import { describe, expect, test } from "vitest";
import { seeded, type Random } from "../support/random.ts";
import { attackAll, expectSome, timeFor } from "./random/attack.ts";
import {
  newCertifiedSigner,
  newSigner,
  newTouchingSigner,
  poolKeyText,
  poolSealOf,
  signAll,
  type Genuine,
} from "./random/genuine.ts";
import { mutateMessage } from "./random/mutate-message.ts";

const SIGNED = 1800;
const SEALED = 900;
const ANSWERS = 600;
const NOW = Date.UTC(2026, 10, 24, 9, 16, 12);
const FUNCTIONS = ["rr-run", "rr-run.dc2"] as const;

/** Genuine messages of four operators, two by keys, one by a certificate, one by a security key, two runs each, in both kinds: what is of one must never serve the other. */
async function letters(): Promise<readonly Genuine[]> {
  const random = seeded(20_261_124);
  const signed: Genuine[] = [];
  const signers = [
    newSigner(random, "alice"),
    newSigner(random, "bob"),
    await newCertifiedSigner(random, "carol"),
    newTouchingSigner(random, "dave"),
  ];
  for (const signer of signers) {
    const { name } = signer;
    for (const run of ["20261124-091612-abcdefgh", "20261124-091613-abcdefgh"]) {
      const all = FUNCTIONS.map((functionName, index) => ({
        kind: index === 0 ? ("task" as const) : ("control" as const),
        to: { function: functionName, unique: `${name}-${run}-${index}` },
        body: JSON.stringify({
          host: `db${index}`,
          command: `echo ${name} ${run} ${'é\n"\\'.repeat(index)}`,
        }),
        run,
      }));
      signed.push(...(await signAll(random, signer, all, NOW)));
    }
  }
  return signed;
}

/** As which a message comes: mostly as what it is. */
function comesAs(random: Random, { kind, to }: Genuine, others: readonly Genuine[]) {
  const other = random.chance(15) ? (others[random.below(others.length)] as Genuine) : { kind, to };
  const at = { functionName: to.function, unique: to.unique, nowMs: NOW };
  const [functionName, unique] = [other.to.function, random.pick([other.to.unique, ""])];
  const nowMs = NOW + random.pick([0, 0, 60_000, -200_000, 21 * 60_000, -600_000, 30 * 3_600_000]);
  return {
    kind: random.chance(5) ? other.kind : kind,
    at: random.chance(50) ? at : { functionName, unique, nowMs },
  };
}

describe("a signed message", () => {
  test(
    "that was changed anywhere is refused, or says what was signed",
    async () => {
      const genuine = await letters();
      const lines = [...new Set(genuine.map(({ signer }) => signer.line))].join("");
      const signers = parseAllowedSigners(lines);
      if (!signers.ok) throw new Error(signers.error.join());
      // One that remembers certificates, as a worker's does.
      const kept = new MessageCheck(signers.value);
      let taken = 0;
      const wrong = await attackAll("signed", SIGNED, 1, (random) => {
        const message = genuine[random.below(genuine.length)] as Genuine;
        const others = genuine.map(({ text }) => text);
        const text = random.chance(10) ? message.text : mutateMessage(random, message.text, others);
        const { kind, at } = comesAs(random, message, genuine);
        const checked = (random.chance(50) ? kept : new MessageCheck(signers.value)).check(kind, text, at);
        if (!checked.ok) {
          const { reason } = checked.error;
          return reason.length > 500 ? `a reason of ${reason.length} characters` : undefined;
        }
        taken += 1;
        const { body, principal, run, unique } = checked.value;
        const isOne = genuine.some(
          (one) =>
            one.body === body &&
            one.signer.name === principal &&
            one.run === run &&
            one.kind === kind &&
            one.to.unique === unique &&
            one.to.function === at.functionName &&
            (at.unique === "" || at.unique === unique),
        );
        const inTime = Math.abs(at.nowMs - NOW) < 20 * 60_000 + 1;
        return isOne && inTime ? undefined : `taken, and nobody signed it: ${text.slice(0, 400)}`;
      });
      expect(wrong).toEqual([]);
      expectSome("signed", SIGNED, taken);
    },
    timeFor(SIGNED),
  );
});

/** Two ends of submissions under two keys. */
function pool() {
  const random = seeded(20_261_125);
  const [one, two] = [poolSealOf(poolKeyText(random)), poolSealOf(poolKeyText(random))] as const;
  const sealed = [one, two].flatMap((by) =>
    FUNCTIONS.map((name, index) => {
      const to = { function: name, unique: `abcdefghijklmnopqrstuvwxyz-${index}${by === one ? "a" : "b"}` };
      const text = JSON.stringify({ host: `db${index}`, command: "uptime" });
      return { to, text, by, ...sealedBy(by, to, text) };
    }),
  );
  return { one, sealed };
}

function sealedBy(by: PoolSeal, to: { readonly function: string; readonly unique: string }, text: string) {
  const { text: wire, answers } = by.seal(to, text, NOW);
  return { wire, answers };
}

describe("a sealed message", () => {
  test(
    "that was changed anywhere is refused, or says what was sealed",
    async () => {
      const { one, sealed } = pool();
      let taken = 0;
      const wrong = await attackAll("sealed", SEALED, 1, (random) => {
        const message = random.pick([sealed[0], sealed[1], sealed[2], sealed[3]]) ?? sealed[0];
        if (message === undefined) throw new Error("nothing is sealed");
        const wires = sealed.map(({ wire }) => wire);
        const wire = random.chance(10) ? message.wire : mutateMessage(random, message.wire, wires);
        const came = random.chance(80) ? message.to : (sealed[random.below(4)]?.to ?? message.to);
        const unique = random.chance(90) ? came.unique : "";
        const opened = one.open(wire, { functionName: came.function, unique });
        if (!opened.ok)
          return opened.error.length > 300 ? `a reason of ${opened.error.length} characters` : undefined;
        taken += 1;
        const isOne = sealed.some(
          ({ to, text, by }) =>
            by === one &&
            text === opened.value.text &&
            to.function === came.function &&
            (unique === "" || unique === to.unique),
        );
        return isOne ? undefined : `opened, and nobody sealed it: ${wire.slice(0, 300)}`;
      });
      expect(wrong).toEqual([]);
      expectSome("sealed", SEALED, taken);
    },
    timeFor(SEALED),
  );

  test(
    "has answers that are heard once each, in their order, and none but its own",
    async () => {
      let heard = 0;
      const wrong = await attackAll("sealed-answers", ANSWERS, 1, (random) => {
        const { one, sealed } = pool();
        const [mine, other] = sealed;
        if (mine === undefined || other === undefined) throw new Error("nothing is sealed");
        const said = [mine, other].map((message) => answersTo(one, message, random.between(1, 4)));
        const lines = shuffled(random, said);
        const texts: string[] = [];
        for (const { line, last } of lines) {
          const opened = mine.answers.open(line, last);
          if (opened.ok) texts.push(opened.value.text);
        }
        heard += texts.length;
        const own = said[0]?.map(({ text }) => text) ?? [];
        const places = texts.map((text) => own.indexOf(text));
        if (places.includes(-1)) return `heard what its worker never said: ${JSON.stringify(texts)}`;
        if (places.some((place, index) => index > 0 && place <= (places[index - 1] ?? 0)))
          return `heard out of order, or twice: ${JSON.stringify(texts)}`;
        return undefined;
      });
      expect(wrong).toEqual([]);
      expectSome("sealed-answers", ANSWERS, heard);
    },
    timeFor(ANSWERS),
  );
});

interface Line {
  readonly text: string;
  readonly line: string;
  readonly last: boolean;
}

/** Progress lines and an outcome, as a worker seals them. */
function answersTo(
  by: PoolSeal,
  {
    wire,
    to,
  }: { readonly wire: string; readonly to: { readonly function: string; readonly unique: string } },
  count: number,
): Line[] {
  const opened = by.open(wire, { functionName: to.function, unique: to.unique });
  if (!opened.ok) throw new Error(opened.error);
  const { answers } = opened.value;
  const progress = Array.from({ length: count }, (_, index) => {
    const text = JSON.stringify({ to: to.unique, index });
    return { text, line: answers.next(text), last: false };
  });
  const text = JSON.stringify({ to: to.unique, outcome: "ok" });
  return [...progress, { text, line: answers.last(text), last: true }];
}

/** Some of the lines in some order, some changed, some in the place of others. */
function shuffled(random: Random, said: readonly (readonly Line[])[]): Line[] {
  const all = said.flat();
  const lines = random.chance(30) ? [...(said[0] ?? [])] : [];
  for (let left = random.between(1, 8); left > 0; left -= 1) {
    const line = all[random.below(all.length)] as Line;
    const changed = random.chance(40)
      ? mutateMessage(
          random,
          line.line.trim(),
          all.map((one) => one.line.trim()),
        )
      : line.line;
    lines.splice(random.below(lines.length + 1), 0, {
      ...line,
      line: changed,
      last: random.chance(90) ? line.last : !line.last,
    });
  }
  return lines;
}
