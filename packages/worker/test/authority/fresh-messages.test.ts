import { MAX_SKEW_MS, MESSAGE_LIFE_MS } from "@roadrunner/core/signing";
import { describe, expect, it } from "vitest";
import { FreshMessages } from "../../src/authority/fresh-messages.ts";
import { NOW } from "./ground.ts";

const DAY_MS = 86_400_000;
const of = {
  from: { root: "a key", sender: "" },
  tooMany: () => ({ reason: "too many", blame: "submission" as const }),
};
const made = (issuedMs: number) => ({ issuedMs, notAfterMs: issuedMs + MESSAGE_LIFE_MS });
const refused = (notTaken: string | undefined) =>
  expect.objectContaining({ blame: "submission", ...(notTaken === undefined ? {} : { notTaken }) }) as object;

describe("a worker that has been up for long", () => {
  const fresh = () => new FreshMessages(undefined, () => 400 * DAY_MS);

  it("takes each message once, for as long as it can be taken at all", () => {
    const messages = fresh();
    const end = NOW + MESSAGE_LIFE_MS + MAX_SKEW_MS;
    expect(messages.take({ identity: "a", time: made(NOW), ...of }, NOW)).toBeUndefined();
    expect(messages.take({ identity: "b", time: made(NOW), ...of }, NOW)).toBeUndefined();
    for (const at of [NOW, NOW + MESSAGE_LIFE_MS, end])
      expect(messages.take({ identity: "a", time: made(NOW), ...of }, at)).toEqual(refused("replayed"));
    for (const at of [end + 1, NOW + 400 * DAY_MS])
      expect(messages.take({ identity: "a", time: made(NOW), ...of }, at)).toEqual(refused("expired"));
  });

  it("takes none of the future, and none that is made for longer than messages are", () => {
    expect(fresh().take({ identity: "a", time: made(NOW + MAX_SKEW_MS + 1), ...of }, NOW)).toEqual(
      refused(undefined),
    );
    expect(
      fresh().take(
        { identity: "a", time: { ...made(NOW), notAfterMs: NOW + MESSAGE_LIFE_MS + 1 }, ...of },
        NOW,
      ),
    ).toEqual(refused(undefined));
  });
});

describe("a worker that has just started", () => {
  it("takes what was made since, and nothing from before: it may have been taken", () => {
    const messages = new FreshMessages(undefined, () => 2000);
    expect(messages.take({ identity: "a", time: made(NOW - 2000), ...of }, NOW)).toBeUndefined();
    expect(messages.take({ identity: "b", time: made(NOW - 2001), ...of }, NOW)).toEqual(refused("older"));
  });

  it("goes by how long it is up, whatever its wall clock was at its start", () => {
    let upMs = 0;
    const messages = new FreshMessages(undefined, () => upMs);
    upMs = 1000;
    // The clock was set back by a year meanwhile.
    expect(
      messages.take({ identity: "a", time: made(NOW - 365 * DAY_MS - 500), ...of }, NOW - 365 * DAY_MS),
    ).toBeUndefined();
  });
});
