import { succeed, type Result } from "@roadrunner/core";
import { takeHandOver, type HandOver } from "@roadrunner/engine/api";
import { refuse, type Refusal } from "../../carry/refusal.ts";
import { jsonText } from "../body/json-text.ts";

/** The run that a request hands over. */
export function takeBytes(bytes: Buffer): Result<HandOver, Refusal> {
  const text = jsonText(bytes);
  if (!text.ok) return text;
  const handOver = takeHandOver(text.value);
  return handOver.ok
    ? succeed(handOver.value)
    : refuse("badRequest", `it is no run that can be handed over: ${handOver.error}`);
}
