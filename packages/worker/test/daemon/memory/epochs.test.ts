import { describe, expect, it } from "vitest";
import { Epochs, type Held } from "../../../src/daemon/memory/epochs.ts";

const run = "r1";
const NOW = 1_000_000;
const older = {
  outcome: "refused",
  reason: expect.stringContaining("another coordinator has this run") as string,
};
const late = { outcome: "refused", notTaken: "expired", clockMs: NOW };

/** A memory that has heard these, in this order. */
function heard(...said: readonly Held[]): Epochs {
  const epochs = new Epochs();
  for (const held of said) epochs.learn(held);
  return epochs;
}

describe("whose a run is", () => {
  it.each<[string, Held, readonly Held[], object | undefined]>([
    ["nothing is known, and it says nothing", { run }, [], undefined],
    ["nothing is known, in its time", { run, epoch: 1, notAfterMs: NOW }, [], undefined],
    ["nothing is known, after its time", { run, epoch: 1, notAfterMs: NOW - 1 }, [], late],
    ["nothing is known, and it has no time", { run, epoch: 1 }, [], undefined],
    [
      "a newer one is known",
      { run, epoch: 1, notAfterMs: NOW + 9 },
      [{ run, epoch: 2, notAfterMs: NOW }],
      older,
    ],
    [
      "a newer one was known before an older one",
      { run, epoch: 1 },
      [
        { run, epoch: 3 },
        { run, epoch: 2 },
      ],
      older,
    ],
    ["one is known, and it says none", { run }, [{ run, epoch: 1, notAfterMs: NOW }], older],
    ["one of another run is known", { run, epoch: 1 }, [{ run: "r2", epoch: 9 }], undefined],
    [
      "an older one is known",
      { run, epoch: 2, notAfterMs: NOW },
      [{ run, epoch: 1, notAfterMs: 0 }],
      undefined,
    ],
    [
      "its time was prolonged",
      { run, epoch: 1, notAfterMs: NOW - 50 },
      [
        { run, epoch: 1, notAfterMs: NOW },
        { run, epoch: 1, notAfterMs: NOW - 70 },
      ],
      undefined,
    ],
    [
      "its time was prolonged, not long enough",
      { run, epoch: 1, notAfterMs: NOW - 50 },
      [{ run, epoch: 1, notAfterMs: NOW - 1 }],
      late,
    ],
    [
      "the time of the one before it is longer",
      { run, epoch: 2, notAfterMs: NOW - 1 },
      [{ run, epoch: 1, notAfterMs: NOW + 50 }],
      late,
    ],
  ])("decides about what is asked: %s", (_, asked, before, expected) => {
    const epochs = heard(...before);
    const refusal = epochs.refusal(asked, undefined, NOW);
    if (expected === undefined) expect(refusal).toBeUndefined();
    else expect(refusal).toMatchObject(expected);
    expect(epochs.overtaken(asked) !== undefined).toBe(expected === older);
  });

  it("tells by how much it came too late", () => {
    const asked = { run, epoch: 1, notAfterMs: NOW - 12_000 };
    expect(heard().refusal(asked, undefined, NOW)?.reason).toContain("until 12 s ago");
  });

  it("is of one signer: nobody shuts out another's run", () => {
    const epochs = new Epochs();
    epochs.learn({ run, epoch: 1, notAfterMs: NOW }, "alice SHA256:a");
    epochs.learn({ run, epoch: 9, notAfterMs: NOW }, "mallory SHA256:m");
    expect(epochs.overtaken({ run, epoch: 1 }, "alice SHA256:a")).toBeUndefined();
    expect(epochs.overtaken({ run, epoch: 1 }, "mallory SHA256:m")).toMatchObject(older);
    expect(epochs.overtaken({ run, epoch: 1 })).toBeUndefined();
  });

  it("tells when a run has got another owner, and not when it is heard of first", () => {
    const epochs = new Epochs();
    expect([2, 2, 3, 1, 3, 4].map((epoch) => epochs.learn({ run, epoch }))).toEqual([
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it("is forgotten for the run that was heard of longest ago, of 10,000, and of no other signer", () => {
    const epochs = new Epochs();
    epochs.learn({ run: "other", epoch: 2 }, "bob SHA256:b");
    for (let index = 0; index < 10_000; index += 1) epochs.learn({ run: `r${index}`, epoch: 2 });
    epochs.learn({ run: "r0", epoch: 2 });
    epochs.learn({ run: "r10000", epoch: 2 });
    const known = (of: string) => epochs.overtaken({ run: of, epoch: 1 }) !== undefined;
    expect(["r0", "r1", "r2", "r10000"].map(known)).toEqual([true, false, true, true]);
    expect(epochs.overtaken({ run: "other", epoch: 1 }, "bob SHA256:b")).toMatchObject(older);
  });

  it("is forgotten for nobody else's many keys", () => {
    const epochs = new Epochs();
    epochs.learn({ run, epoch: 2 }, "alice SHA256:a", "alice of SHA256:ca");
    for (let index = 0; index < 30_000; index += 1)
      epochs.learn({ run, epoch: 2 }, `eve SHA256:${index}`, "eve of SHA256:ca");
    const known = (owner: string) => epochs.overtaken({ run, epoch: 1 }, owner) !== undefined;
    expect(["alice SHA256:a", "eve SHA256:29999", "eve SHA256:0"].map(known)).toEqual([true, true, false]);
  });
});
