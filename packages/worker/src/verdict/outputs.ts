import { isUtf8 } from "node:buffer";
import { fail, MAX_OUTPUTS_BYTES, OUTPUT_NAME, succeed, type Outputs, type Result } from "@roadrunner/core";
import type { OutputsTold } from "../program/outputs.ts";
import { Redactor, type Secret } from "../visit/redactor.ts";

const FAULTS = {
  replaced: "the file that RR_OUT names was removed or replaced; write into it",
  unread: "the host could not read the file that RR_OUT names: is od(1) there?",
};

/** What a host told of the outputs → the outputs, secrets replaced; or why they cannot be taken. */
export function outputsOf(
  told: OutputsTold | undefined,
  secrets: readonly Secret[],
): Result<Outputs, string> {
  if (told === undefined) return fail("its host does not have them all: was its disk full?");
  if (told.kind !== "read") return fail(FAULTS[told.kind]);
  const redactor = new Redactor(secrets);
  const bytes = Buffer.concat([redactor.push(told.bytes), redactor.end()]);
  // What is cut off may have torn a character.
  if (Math.max(told.bytes.length, bytes.length) > MAX_OUTPUTS_BYTES) return fail("more than 64 KiB");
  if (!isUtf8(bytes)) return fail("not UTF-8 text");
  return parseOutputs(bytes.toString("utf8"));
}

/** Lines NAME=VALUE. A value is all that follows, as it is; empty lines say nothing. */
export function parseOutputs(text: string): Result<Outputs, string> {
  const lines = new Map<string, number>();
  const outputs: [string, string][] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const number = index + 1;
    if (line === "") continue;
    const at = line.indexOf("=");
    if (at < 0) return fail(`line ${number} is no NAME=VALUE`);
    const name = line.slice(0, at);
    if (!OUTPUT_NAME.test(name))
      return fail(
        `line ${number}: ${JSON.stringify(name.slice(0, 40))} is no name: letters, digits and _, not beginning with a digit`,
      );
    const before = lines.get(name);
    if (before !== undefined)
      return fail(`${name.slice(0, 40)} stands in line ${before} and in line ${number}`);
    if (line.includes("\0")) return fail(`line ${number} holds a NUL byte`);
    lines.set(name, number);
    outputs.push([name, line.slice(at + 1)]);
  }
  return succeed(Object.fromEntries(outputs));
}
