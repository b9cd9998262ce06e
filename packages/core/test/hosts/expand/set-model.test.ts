import fc from "fast-check";
import { expect, it } from "vitest";
import { expandHosts } from "../../../src/index.ts";
import { hostsOf } from "../hosts.ts";

/** An operand as it is written, and its hosts by another way than ours. */
interface Operand {
  readonly text: string;
  readonly hosts: readonly string[];
}

const range = fc
  .tuple(fc.nat(12), fc.nat(6), fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 2))
  .map(([first, more, step, width]): Operand => {
    const numbers = Array.from({ length: more + 1 }, (_, index) => first + index).filter(
      (number) => (number - first) % step === 0,
    );
    const show = (number: number): string => String(number).padStart(width, "0");
    // Unpadded ends of different lengths are fine, and at width 2 both have two digits.
    const text =
      more === 0 ? show(first) : `${show(first)}-${show(first + more)}${step > 1 ? `/${step}` : ""}`;
    return { text, hosts: numbers.map(show) };
  });

const bracket = fc.array(range, { minLength: 1, maxLength: 3 }).map((ranges): Operand => ({
  text: `[${ranges.map(({ text }) => text).join(",")}]`,
  hosts: ranges.flatMap(({ hosts }) => hosts),
}));

const name = fc
  .tuple(fc.constantFrom("n", "db"), fc.array(bracket, { maxLength: 2 }), fc.constantFrom("", "-", ".x"))
  .map(([head, brackets, tail]) =>
    brackets.reduce(
      (left: Operand, right): Operand => ({
        text: left.text + right.text + tail,
        hosts: left.hosts.flatMap((prefix) => right.hosts.map((number) => prefix + number + tail)),
      }),
      { text: head, hosts: [head] },
    ),
  );

const terms = fc.array(fc.tuple(fc.constantFrom(",", "!", "&", "^"), name), { minLength: 1, maxLength: 5 });

/** The rule in so many words: strictly from left to right, first appearance first. */
function naive(expression: readonly (readonly [string, Operand])[]): readonly string[] {
  let left: readonly string[] = [];
  for (const [index, [operator, { hosts }]] of expression.entries()) {
    const right = [...new Set(hosts)];
    const before = left;
    const added = right.filter((host) => !before.includes(host));
    if (index === 0 || operator === ",") left = [...before, ...added];
    else if (operator === "!") left = before.filter((host) => !right.includes(host));
    else if (operator === "&") left = before.filter((host) => right.includes(host));
    else left = [...before.filter((host) => !right.includes(host)), ...added];
  }
  return left;
}

const write = (expression: readonly (readonly [string, Operand])[]): string =>
  expression.map(([operator, { text }], index) => (index === 0 ? text : operator + text)).join("");

it("expressions mean what a naive model of sets says, in the same order", () => {
  fc.assert(
    fc.property(terms, (expression) => {
      const expanded = expandHosts(write(expression), { allowEmpty: true });
      expect(hostsOf(expanded)).toEqual(naive(expression));
    }),
    { numRuns: 3000 },
  );
});

it("a group in place of an operand changes nothing", () => {
  fc.assert(
    fc.property(terms, (expression) => {
      const groups = new Map(expression.map(([, { text }], index) => [`g${index}`, text]));
      const written = write(
        expression.map(([operator, operand], index) => [operator, { ...operand, text: `@g${index}` }]),
      );
      const expanded = expandHosts(written, { allowEmpty: true, groups });
      expect(hostsOf(expanded)).toEqual(naive(expression));
    }),
    { numRuns: 1000 },
  );
});
