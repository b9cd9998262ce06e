/** Keeps the last `limit` characters of what a process says, so that a chatty one cannot fill the memory. */
export class OutputBuffer {
  readonly #limit: number;
  #text = "";
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(text: string): void {
    this.#text += text;
    // Cut only now and then: cutting at each chunk would copy the whole text each time.
    if (this.#text.length < 2 * this.#limit) return;
    this.#dropped += this.#text.length - this.#limit;
    this.#text = this.#text.slice(-this.#limit);
  }

  text(): string {
    return this.#dropped === 0 ? this.#text : `[${this.#dropped} characters dropped]\n${this.#text}`;
  }
}
