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
});

it.each<[string, unknown, string]>([
  ["nothing", null, "Invalid input: expected object, received null"],
  ["a list", [], "Invalid input: expected object, received array"],
  ["no list", { list: "x" }, "list: Invalid input: expected array, received string"],
  [
    "the second of many",
    { list: [{ name: "x" }, { name: 1 }, {}] },
    "list.1.name: Invalid input: expected string, received number",
  ],
  [
    "what is missing",
    { list: [{ size: 2 }] },
    "list.0.name: Invalid input: expected string, received undefined",
  ],
  ["what is not known", { list: [{ name: "x", "odd one": 1 }] }, 'list.0: Unrecognized key: "odd one"'],
  ["before what is not known", { lists: [1, 2] }, 'Unrecognized key: "lists"'],
  ["a key", { list: [], words: { "a b": [] } }, "words.a b: is no word"],
  ["a value", { list: [], words: { a: ["a", "c"] } }, 'words.a.1: Invalid option: expected one of "a"|"b"'],
  ["what is asked of the whole", { list: [], both: [1, 2, 3] }, "both: are too many"],
])("tells %s as zod does", (_, value, fault) => {
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
    error: expect.stringMatching(/^by: /) as string,
  });
  expect(performance.now() - begun).toBeLessThan(2000);
});
