const STREAM = "text/event-stream";
/** What a page is, the most particular first. */
const PAGE = ["application/json", "application/*", "*/*"];

/** Whether events are wanted as a stream, by the `accept` of a request: it names a stream, and no page as the better. */
export function wantsStream(accept = ""): boolean {
  const weights = new Map(accept.split(",").map((one) => weighed(one)));
  const stream = weights.get(STREAM) ?? 0;
  const page = PAGE.map((type) => weights.get(type)).find((weight) => weight !== undefined) ?? 0;
  return stream > 0 && stream >= page;
}

function weighed(one: string): readonly [type: string, weight: number] {
  const [type = "", ...parameters] = one.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  const number = weight === undefined ? 1 : Number(weight.slice(2));
  return [type, Number.isNaN(number) ? 0 : number];
}
