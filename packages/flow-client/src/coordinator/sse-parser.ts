/** One event of a stream. */
export interface StreamEvent {
  readonly id?: string;
  readonly event: string;
  readonly data: string;
}

/** Characters of one event that is not whole: a plan of a hundred thousand hosts has a tenth. */
const MOST_CHARACTERS = 256 * 1024 * 1024;

/** Puts the events of an event stream (`text/event-stream`, its lines ended by LF or CRLF) together from its pieces. */
export class SseParser {
  /** Of a line that has not ended: put together once, since each look at a long line would cost all of it. */
  #begun: string[] = [];
  #characters = 0;
  #id: string | undefined;
  #event = "";
  #data: string[] = [];

  /** The events that this piece completes; undefined: one has no end. */
  push(piece: string): readonly StreamEvent[] | undefined {
    this.#characters += piece.length;
    if (this.#characters > MOST_CHARACTERS) return undefined;
    const last = piece.lastIndexOf("\n");
    if (last === -1) {
      this.#begun.push(piece);
      return [];
    }
    const lines = (this.#begun.join("") + piece.slice(0, last)).split("\n");
    this.#begun = [piece.slice(last + 1)];
    const events: StreamEvent[] = [];
    for (const line of lines) {
      const event = this.#line(line.endsWith("\r") ? line.slice(0, -1) : line);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #line(line: string): StreamEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id") this.#id = value;
    if (field === "event") this.#event = value;
    if (field === "data") this.#data.push(value);
    return undefined;
  }

  #dispatch(): StreamEvent | undefined {
    const [id, event, data] = [this.#id, this.#event, this.#data];
    this.#id = undefined;
    this.#event = "";
    this.#data = [];
    this.#characters = this.#begun.reduce((sum, { length }) => sum + length, 0);
    if (data.length === 0) return undefined;
    return {
      event: event === "" ? "message" : event,
      data: data.join("\n"),
      ...(id === undefined ? {} : { id }),
    };
  }
}
