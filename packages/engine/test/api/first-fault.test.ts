import { expect, it } from "vitest";
import * as z from "zod";
import { handOverSchema, readAs, resumeSchema } from "../../src/api/index.ts";

const schema = z.strictObject({
  list: z.array(z.strictObject({ name: z.string(), size: z.number().default(1) })).readonly(),
  words: z.record(z.string().regex(/^\w+$/, "is no word"), z.array(z.enum(["a", "b"]))).optional(),
  both: z
    .array(z.number())
    .refine((all) => all.length < 3, "are too many")
    .optional(),
  count: z.number().int().min(1).max(9).optional(),
  short: z.string().max(3).optional(),
  v: z.literal(1).optional(),
});

it.each<[string, unknown, string]>([
  ["nothing", null, "it is null, and must be an object"],
  ["a list", [], "it is a list, and must be an object"],
  ["no list", { list: "x" }, "list is a text, and must be a list"],
  [
    "the second of many",
    { list: [{ name: "x" }, { name: 1 }, {}] },
    "list.1.name is a number, and must be a text",
  ],
  ["what is missing", { list: [{ size: 2 }] }, "list.0.name is missing"],
  [
    "what is not known",
    { list: [{ name: "x", "odd one": 1 }] },
    'list.0 has "odd one", which is no field of it',
  ],
  ["before what is not known", { lists: [1, 2] }, 'it has "lists", which is no field of it'],
  ["a key", { list: [], words: { "a b": [] } }, "words.a b: is no word"],
  ["a value", { list: [], words: { a: ["a", "c"] } }, 'words.a.1 must be one of "a", "b"'],
  ["what is asked of the whole", { list: [], both: [1, 2, 3] }, "both: are too many"],
  ["a number too small", { list: [], count: 0 }, "count is 0, and must be at least 1"],
  ["a number too large", { list: [], count: 10 }, "count is 10, and must be at most 9"],
  ["what is no whole number", { list: [], count: 1.5 }, "count is a number, and must be a whole number"],
  ["a text too long", { list: [], short: "abcd" }, "short has 4 characters, and must have at most 3"],
  ["another version", { list: [], v: 2 }, "v must be 1"],
])("tells %s in plain words", (_, value, fault) => {
  expect(readAs(schema, value)).toEqual({ ok: false, error: fault });
});

it("reads what is as it should be, with what goes without saying", () => {
  expect(readAs(schema, { list: [{ name: "x" }], words: { a: ["b"] } })).toEqual({
    ok: true,
    value: { list: [{ name: "x", size: 1 }], words: { a: ["b"] } },
  });
});

it("of a million faults it tells the first, in no time", () => {
  const many = Array.from({ length: 1_000_000 }, () => ({}));
  const begun = performance.now();
  const plan = { name: "x", slots: many, finally: [] };
  const given = { v: 1, run: "20260101-000000-aaaaaaaa", plan };
  expect(readAs(handOverSchema, given)).toMatchObject({
    error: expect.stringMatching(/^plan\.slots\.0\./) as string,
  });
  expect(readAs(resumeSchema, { retry: many })).toMatchObject({
    error: expect.stringMatching(/^by is /) as string,
  });
  expect(performance.now() - begun).toBeLessThan(2000);
});
