import { isIP } from "node:net";
import { fail, succeed, type Result } from "../errors.ts";
import { choiceOption, optionalNumberOption, parsedOption } from "./values.ts";

/** Options of programs that serve for long: their log, and what they tell Prometheus and probes. */
export const serviceOptions = {
  "metrics-port": optionalNumberOption("serve /metrics, /healthz and /readyz on this port", {
    min: 0,
    max: 65_535,
  }),
  "metrics-address": parsedOption("address for them; they have no password", parseAddress, {
    value: "127.0.0.1",
    text: "127.0.0.1",
  }),
  "log-level": choiceOption("log level", ["info", "debug", "warn", "error"]),
  "log-format": choiceOption("log format", ["auto", "json", "pretty"]),
};

function parseAddress(text: string): Result<string, string> {
  return isIP(text) === 0 ? fail(`${JSON.stringify(text)} is no IP address`) : succeed(text);
}
