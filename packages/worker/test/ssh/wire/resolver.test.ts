import { expect, test } from "vitest";
import { startDeadline } from "../../../src/ssh/wire/deadline.ts";
import { Resolver } from "../../../src/ssh/wire/resolver.ts";

/** What a name server of the test's own does: a name's address, an error's code, or never an answer. */
type Zone = Readonly<Record<string, string>>;

function resolver(zone: Zone, answersControl = false) {
  const controls: (readonly string[])[] = [];
  const made = new Resolver({
    lookup: (name) => {
      const answer = zone[name] ?? "ENOTFOUND";
      if (answer === "silence") return new Promise(() => {});
      if (!answer.startsWith("E")) return Promise.resolve([answer]);
      const error = Object.assign(new Error(answer), { code: answer });
      // A failure takes its time.
      return new Promise((_, reject) => setTimeout(reject, 5, error));
    },
    answers: (names) => {
      controls.push(names);
      return new Promise((resolve) => setTimeout(resolve, 20, answersControl));
    },
  });
  const look = (name: string, withinMs = 60_000) => made.addresses(name, 0, startDeadline(withinMs));
  return { look, controls };
}

const zone = { good: "10.0.0.1", bad: "EAI_AGAIN", dumb: "silence" };

test("a name without an answer is the worker's fault where the resolver answers nothing else", async () => {
  const { look, controls } = resolver(zone);
  expect(await look("bad")).toMatchObject({ ok: false, error: { reason: "local", blame: "worker" } });
  expect(controls).toEqual([[]]);
});

test("it is the name's where others were answered meanwhile: nothing else is asked", async () => {
  const { look, controls } = resolver(zone);
  const [bad, good] = await Promise.all([look("bad"), look("good")]);
  expect(good).toEqual({ ok: true, value: ["10.0.0.1"] });
  expect(bad).toMatchObject({ ok: false, error: { reason: "name", blame: "host", noRetry: false } });
  expect(controls).toEqual([]);
});

test("it is the name's where the resolver, asked about others, answers; a no is an answer as well", async () => {
  const { look, controls } = resolver(zone, true);
  await look("good");
  await look("none");
  await new Promise((resolve) => setTimeout(resolve, 2));
  const bad = await look("bad");
  expect(bad).toMatchObject({ ok: false, error: { reason: "name", blame: "host", noRetry: false } });
  expect(JSON.stringify(bad)).toContain("the servers of its zone do not answer");
  expect(controls).toEqual([["good", "none"]]);
});

test("a name that takes all the time is judged alike", async () => {
  expect(await resolver(zone).look("dumb", 20)).toMatchObject({
    error: { reason: "timeout", blame: "worker" },
  });
  expect(await resolver(zone, true).look("dumb", 20)).toMatchObject({
    error: { reason: "timeout", blame: "host" },
  });
});

test("many at once ask the resolver once", async () => {
  const { look, controls } = resolver({ a: "EAI_AGAIN", b: "EAI_AGAIN", c: "EAI_AGAIN" }, true);
  const ends = await Promise.all(["a", "b", "c"].map((name) => look(name)));
  for (const end of ends) expect(end).toMatchObject({ error: { blame: "host" } });
  expect(controls.length).toBe(1);
});
