import { randomBytes } from "node:crypto";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { parsePoolKeys, PoolSeal } from "@roadrunner/core/signing";
import { describe, expect, it } from "vitest";
import { Sealing } from "../../src/authority/sealing.ts";
import { file, folder, NOW } from "./ground.ts";

const DAY_MS = 86_400_000;
const TO = { function: "rr-run", unique: "some-unique" };

const key = randomBytes(32).toString("base64");
const path = file(join(folder(), "pool.keys"), key);
chmodSync(path, 0o600);

function worker(isSigned = false): Sealing {
  const opened = Sealing.open(path, isSigned);
  if (!opened.ok) throw new Error(opened.error.join());
  return opened.value;
}

function sealed(atMs = NOW) {
  const keys = parsePoolKeys(key);
  if (!keys.ok) throw new Error(keys.error.join());
  return new PoolSeal(keys.value).seal(TO, "a workload", atMs);
}

const given = ({ text }: { text: string }) => ({ text, functionName: TO.function, unique: TO.unique });
const refused = (notTaken: string) => ({ ok: false, error: expect.objectContaining({ notTaken }) as object });

describe("a worker of a pool whose messages are sealed", () => {
  it("opens each message once, and tells so to whoever sent it", () => {
    const own = worker();
    const message = sealed();
    expect(own.message(given(message), NOW).text).toEqual({ ok: true, value: "a workload" });
    const again = own.message(given(message), NOW);
    expect(again.text).toEqual(refused("replayed"));
    expect(message.answers.open(again.answers.last("refused"), true)).toMatchObject({
      value: { text: "refused" },
    });
    expect(own.message(given(sealed()), NOW).text.ok).toBe(true);
  });

  it("opens none that is old, however often it was started anew", () => {
    const message = given(sealed());
    expect(worker().message(message, NOW).text.ok).toBe(true);
    expect(worker().message(message, NOW + 60_000).text).toEqual(refused("older"));
    for (const days of [1, 400])
      expect(worker().message(message, NOW + days * DAY_MS).text).toEqual(refused("expired"));
  });

  it("leaves it to the signature whether a message was taken before, where it needs one: there is known whose it is", () => {
    const own = worker(true);
    const message = given(sealed());
    for (const _ of [1, 2]) expect(own.message(message, NOW).text.ok).toBe(true);
    expect(own.message(message, NOW + DAY_MS).text).toEqual(refused("expired"));
  });
});
