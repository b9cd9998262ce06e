import type { Context } from "hono";
import type { HttpBindings } from "@hono/node-server";

/** Who takes nothing for so long is let go; it can ask again from where it was. */
const STALLED_MS = 60_000;

const HEADERS = { "content-type": "text/event-stream", "cache-control": "no-store" };

/** For programs that come again by themselves: soon, and not at once. */
const RETRY = Buffer.from("retry: 1000\n\n");

/** How often is asked whether somebody may still watch, and how long he has for what was sent before. */
const ASK_EVERY_MS = 5000;
const LAST_MS = 2000;

/**
 * A response that is sent as it comes, and no faster than it is taken.
 * @param chunks until `gone`
 * @param holds whether somebody may still have it; it ends when he may not
 */
export function streamResponse(
  context: Context<{ Bindings: HttpBindings }>,
  chunks: (gone: AbortSignal) => AsyncGenerator<Uint8Array>,
  holds: () => Promise<boolean>,
): Response {
  // Whoever asks for the head of it alone reads nothing.
  if (context.req.method === "HEAD") return new Response(null, { headers: HEADERS });
  const gone = new AbortController();
  const { outgoing } = context.env;
  outgoing.once("close", () => gone.abort());
  const source = chunks(gone.signal);
  let stalled: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(RETRY),
    pull: async (controller) => {
      clearTimeout(stalled);
      const { done, value } = await source.next();
      if (done === true) return controller.close();
      controller.enqueue(value);
      stalled = setTimeout(() => outgoing.destroy(), STALLED_MS);
    },
    cancel: () => {
      clearTimeout(stalled);
      gone.abort();
    },
  });
  const asking = setInterval(() => {
    void holds().then((still) => {
      if (still || gone.signal.aborted) return;
      gone.abort();
      setTimeout(() => outgoing.destroy(), LAST_MS).unref();
    });
  }, ASK_EVERY_MS);
  gone.signal.addEventListener(
    "abort",
    () => {
      clearTimeout(stalled);
      clearInterval(asking);
      // It may stand where it gave something that nobody took.
      void source.return(undefined);
    },
    { once: true },
  );
  return new Response(body, { headers: HEADERS });
}
