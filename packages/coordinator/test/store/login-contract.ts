import { beforeEach, describe, expect, it } from "vitest";
import type { StoredToken } from "../../src/store/logins.ts";
import type { Accepted, Owned, Store } from "../../src/store/store.ts";
import { ended, nextRun, resumed } from "./some-events.ts";
import { valueOf, type Opened } from "./store-contract.ts";

const DAY_MS = 24 * 3_600_000;

/** Who handed runs over, what operators signed, and logins; of every store. */
export function loginContract(opened: () => Opened | Promise<Opened>): void {
  let ours: Store;
  let others: Store;
  let later: Opened["later"];

  beforeEach(async () => {
    ({ ours, others, later } = await opened());
  });

  async function accepted(more: Partial<Accepted> = {}): Promise<Owned> {
    const run = nextRun();
    return valueOf(
      await ours.accept({ run, flow: run, by: "ada@box", handOver: "{}", concurrent: false, ...more }),
    );
  }

  describe("a run that somebody handed over who was logged in", () => {
    it("is found as one of his, by whoever asks and takes it over", async () => {
      const { run } = await accepted({ principal: "ada@ops" });
      const other = await accepted({ principal: "grace@ops" });
      const nobodys = await accepted();
      expect(valueOf(await others.run(run))?.principal).toBe("ada@ops");
      const found = valueOf(await others.runs({ limit: 9, principal: "ada@ops" }));
      expect(found.map((one) => [one.run, one.principal])).toEqual([[run, "ada@ops"]]);
      await later(DAY_MS);
      const taken = valueOf(await others.claim(9));
      expect(new Map(taken.map((one) => [one.run, one.principal]))).toEqual(
        new Map([
          [run, "ada@ops"],
          [other.run, "grace@ops"],
          [nobodys.run, undefined],
        ]),
      );
      expect(valueOf(await ours.run(other.run))?.principal).toBe("grace@ops");
    });

    it("is still his when it has ended, and when another goes on with it", async () => {
      const owned = await accepted({ principal: "ada@ops" });
      valueOf(await ours.append(owned, 1, [ended(owned.run)]));
      expect(valueOf(await ours.run(owned.run))?.principal).toBe("ada@ops");
      expect(valueOf(await others.reopen(owned.run, "{}"))).toMatchObject({ principal: "ada@ops" });
    });

    it("is no other's who hands over one of its id", async () => {
      const { run } = await accepted({ principal: "ada@ops" });
      const again = { run, flow: run, by: "ada@box", handOver: "{}", concurrent: false };
      expect(await ours.accept({ ...again, principal: "ada@ops" })).toMatchObject({ ok: true });
      const isThere = { ok: false, error: { kind: "isThere" } };
      expect(await ours.accept({ ...again, principal: "eve@ops" })).toEqual(isThere);
      expect(await ours.accept(again)).toEqual(isThere);
    });
  });

  describe("the operators' words on a plan", () => {
    const anew = (signed: string, insteadOf?: string, before: readonly string[] = []) => ({
      ...{ signed, before, insteadOf },
    });

    it("go with the run to whoever takes it over", async () => {
      const { run } = await accepted({ signed: '{"body":"1"}' });
      expect(valueOf(await others.signedPlans(run))).toEqual({ signed: '{"body":"1"}', before: [] });
      await later(DAY_MS);
      expect(valueOf(await others.claim(9))).toMatchObject([{ run, signed: '{"body":"1"}' }]);
    });

    it("go with what was handed over, until the run has ended", async () => {
      const owned = await accepted({ handOver: '{"v":1}' });
      expect(valueOf(await others.handOver(owned.run))).toBe('{"v":1}');
      valueOf(await ours.append(owned, 1, [ended(owned.run)]));
      expect(valueOf(await others.handOver(owned.run))).toBe("");
      expect(valueOf(await others.handOver("20261124-091612-nobodysr"))).toBeUndefined();
    });

    it("are replaced by the next ones, of a run that is open, and only where what is replaced was seen", async () => {
      const owned = await accepted();
      const { run } = owned;
      expect(valueOf(await ours.signedPlans(run))).toEqual({ before: [] });
      expect(valueOf(await others.sign(run, anew("first")))).toBe("signed");
      expect(valueOf(await others.sign(run, anew("second", undefined)))).toBe("otherNow");
      expect(valueOf(await others.sign(run, anew("second", "first", ["first"])))).toBe("signed");
      expect(valueOf(await others.sign(run, anew("third", "first")))).toBe("otherNow");
      expect(valueOf(await ours.signedPlans(run))).toEqual({ signed: "second", before: ["first"] });
      valueOf(await ours.append(owned, 1, [ended(run)]));
      expect(valueOf(await ours.sign(run, anew("third", "second")))).toBe("notOpen");
      expect(valueOf(await ours.sign("20261124-091612-nobodysr", anew("one")))).toBe("notOpen");
    });

    it("stay when the run is gone on with, unless there is another", async () => {
      const owned = await accepted({ signed: "first" });
      const { run } = owned;
      valueOf(await ours.append(owned, 1, [ended(run)]));
      expect(valueOf(await others.reopen(run, "{}"))).toMatchObject({ signed: "first" });
      expect(valueOf(await others.sign(run, anew("before it goes on", "first", ["first"])))).toBe("signed");
      valueOf(await others.append({ run, epoch: 2 }, 2, [resumed(run), ended(run)]));
      const last = anew("second", "before it goes on", ["before it goes on", "first"]);
      expect(
        valueOf(await ours.reopen(run, "{}", { anew: { ...last, insteadOf: "first" } })),
      ).toBeUndefined();
      expect(valueOf(await ours.reopen(run, "{}", { anew: last }))).toMatchObject({ signed: "second" });
      expect(valueOf(await ours.signedPlans(run))).toEqual({ signed: "second", before: last.before });
    });
  });

  it("the keys that coordinators sign with are known to all of them, for a day", async () => {
    valueOf(await ours.announceCarrier("SHA256:a"));
    await later(20 * 3_600_000);
    valueOf(await others.announceCarrier("SHA256:b"));
    expect(valueOf(await ours.carriers())).toEqual(["SHA256:a", "SHA256:b"]);
    await later(5 * 3_600_000);
    expect(valueOf(await ours.carriers())).toEqual(["SHA256:b"]);
    valueOf(await ours.announceCarrier("SHA256:b"));
    await later(20 * 3_600_000);
    valueOf(await ours.prune({ runsMs: DAY_MS, outputMs: DAY_MS }));
    expect(valueOf(await others.carriers())).toEqual(["SHA256:b"]);
  });

  it("the keys of coordinators that are there are those that were told just now", async () => {
    for (const key of ["SHA256:x", "SHA256:y"]) valueOf(await ours.announceCarrier(key));
    expect(valueOf(await others.carriersNow())).toEqual(["SHA256:x", "SHA256:y"]);
    valueOf(await ours.carrierLeaves("SHA256:x"));
    expect(valueOf(await others.carriersNow())).toEqual(["SHA256:y"]);
    expect(valueOf(await others.carriers())).toEqual(["SHA256:x", "SHA256:y"]);
    await later(31_000);
    expect(valueOf(await others.carriersNow())).toEqual([]);
  });

  it("runs that are left to others are not claimed", async () => {
    const [one, other] = [await accepted(), await accepted()];
    await later(DAY_MS);
    expect(valueOf(await others.claim(9, [one.run])).map(({ run }) => run)).toEqual([other.run]);
    expect(valueOf(await others.claim(9)).map(({ run }) => run)).toEqual([one.run]);
  });

  describe("a login", () => {
    const token = (more: Partial<StoredToken> = {}): StoredToken => ({
      digest: "0a".repeat(32),
      principal: "ada@ops",
      signer: "AAAA",
      expiresMs: Date.now() + DAY_MS,
      ...more,
    });

    it("is made with a challenge of any coordinator of the store", async () => {
      const keys = await Promise.all(
        [ours, others, ours].map(async (one) => valueOf(await one.challengeKey())),
      );
      expect(keys[0]).toHaveLength(32);
      for (const key of keys) expect(key).toEqual(keys[0]);
    });

    it("takes a challenge once, of several at once", async () => {
      const until = Date.now() + 60_000;
      const taken = await Promise.all(
        [ours, others, ours, others].map(async (one) => valueOf(await one.takeChallenge("c1", until))),
      );
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(valueOf(await ours.takeChallenge("c2", until))).toBe(true);
    });

    it("takes it no second time when others have logged in since", async () => {
      expect(valueOf(await ours.takeChallenge("c3", Date.now() - 60_000))).toBe(true);
      valueOf(await ours.addToken(token()));
      valueOf(await ours.prune({ runsMs: DAY_MS, outputMs: DAY_MS }));
      expect(valueOf(await others.takeChallenge("c3", Date.now()))).toBe(false);
    });

    it("is one of 100 of its principal at most: the one that ends first goes, of nobody else", async () => {
      const digest = (at: number): string => String(at).padStart(64, "0");
      const { expiresMs } = token();
      const hers = token({ digest: "f".repeat(64), principal: "grace@ops", expiresMs: expiresMs - 1 });
      valueOf(await ours.addToken(hers));
      for (let at = 0; at < 101; at += 1)
        valueOf(await ours.addToken(token({ digest: digest(at), expiresMs: expiresMs + at })));
      expect(valueOf(await ours.token(digest(0)))).toBeUndefined();
      expect(valueOf(await ours.token(digest(1)))).toBeDefined();
      // Even one that is for less long than all the others counts when it is new.
      const last = token({ digest: digest(200), expiresMs });
      valueOf(await ours.addToken(last));
      expect(valueOf(await ours.token(digest(1)))).toBeUndefined();
      expect(valueOf(await ours.token(last.digest))).toEqual(last);
      expect(valueOf(await ours.token(hers.digest))).toEqual(hers);
    });

    it("holds for all coordinators until it is over, or ended", async () => {
      const plain = token();
      const touched = token({ digest: "0b".repeat(32), touch: '{"flags":1,"counter":7}' });
      valueOf(await ours.addToken(plain));
      valueOf(await ours.addToken(touched));
      expect(valueOf(await others.token(plain.digest))).toEqual(plain);
      expect(valueOf(await others.token(touched.digest))).toEqual(touched);
      expect(valueOf(await others.token("0c".repeat(32)))).toBeUndefined();
      valueOf(await others.dropToken(touched.digest));
      expect(valueOf(await ours.token(touched.digest))).toBeUndefined();
      expect(valueOf(await ours.token(token().digest))).toBeDefined();
    });

    it("that is over is none", async () => {
      valueOf(await ours.addToken(token({ expiresMs: Date.now() - 1 })));
      expect(valueOf(await ours.token(token().digest))).toBeUndefined();
      // It is not even there any more: another may have its place.
      valueOf(await ours.prune({ runsMs: DAY_MS, outputMs: DAY_MS }));
      valueOf(await ours.addToken(token()));
      expect(valueOf(await ours.token(token().digest))).toBeDefined();
    });
  });
}
