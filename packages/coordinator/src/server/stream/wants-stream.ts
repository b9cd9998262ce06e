import { weightOf, weightsIn } from "../accept.ts";

/** Whether events are wanted as a stream, by the `accept` of a request: it names a stream, and no page as the better. */
export function wantsStream(accept = ""): boolean {
  const weights = weightsIn(accept);
  const stream = weights.get("text/event-stream") ?? 0;
  return stream > 0 && stream >= weightOf("application/json", weights);
}
