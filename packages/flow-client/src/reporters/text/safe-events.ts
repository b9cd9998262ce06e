import { safeLine, type RunEvent } from "@roadrunner/core";

/** What a command wrote: a view says for itself how it shows that, and it may be base64. */
const OUTPUT: ReadonlySet<string> = new Set(["stdout", "stderr", "data"]);

/**
 * Events whose every name, reason and other text is harmless on a terminal, and one line, but for the output. Each view that makes
 * lines takes its events through this: a journal, a worker and a flow can call a host anything.
 */
export function safeEvents(events: readonly RunEvent[]): readonly RunEvent[] {
  return events.map(safeEvent);
}

export function safeEvent(event: RunEvent): RunEvent {
  return safeValue(event, OUTPUT);
}

/** The value with all its texts harmless, each one line, names of fields too, but for these fields. */
export function safeValue<T>(value: T, but: ReadonlySet<string> = NOTHING): T {
  return safe(value, but) as T;
}

const NOTHING: ReadonlySet<string> = new Set();

function safe(value: unknown, but: ReadonlySet<string>): unknown {
  if (typeof value === "string") return safeLine(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => safe(item, but));
    return items.some((item, index) => item !== value[index]) ? items : (value as unknown);
  }
  let changed = false;
  const entries = Object.entries(value).map(([name, field]) => {
    const own = safeLine(name);
    const safeField = but.has(name) ? field : safe(field, but);
    changed ||= own !== name || safeField !== field;
    return [own, safeField];
  });
  return changed ? Object.fromEntries(entries) : value;
}
