/** JSON in which the order of an object's fields is without meaning; what is undefined is left out. */
export function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((inner) => sortedJson(inner ?? null)).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  let text = "";
  // Written out: a large plan has some of these for each of its hosts.
  for (const name of Object.keys(value).sort()) {
    const inner = value[name];
    if (inner !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${sortedJson(inner)}`;
  }
  return `{${text}}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
