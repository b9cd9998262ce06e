import type { Socket } from "node:net";
import type { Writable } from "node:stream";

/**
 * abraxas listens once for errors of its packet parser, so a second one, often of the same chunk, would end the
 * process. The parser is not reachable from outside; this sees it when `socket` is piped into it. Returns how to
 * stop watching for pipes; the parser keeps its listener.
 *
 * @param onParser is given the parser before it reads anything
 */
export function watchParser(
  socket: Socket,
  onError: (error: Error) => void,
  onParser?: (parser: unknown) => void,
): () => void {
  const pipe = socket.pipe.bind(socket);
  socket.pipe = <T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T => {
    (destination as unknown as Writable).on("error", onError);
    onParser?.(destination);
    return pipe(destination, options);
  };
  return () => Reflect.deleteProperty(socket, "pipe");
}
