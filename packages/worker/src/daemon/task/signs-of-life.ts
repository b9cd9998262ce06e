import { encodeAnswer, WIRE_VERSION } from "@roadrunner/core";

/** Rare beside a server's work for one task, and often beside the minutes after which a lost task is given up. */
export const SIGN_OF_LIFE_MS = 15_000;

/** Says of a task, from its start to its end, that this worker still has it: else one that hangs has it for ever. */
export class SignsOfLife {
  readonly #send: (line: string) => Promise<boolean>;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (line: string) => Promise<boolean>) {
    this.#send = send;
  }

  begin(): void {
    this.#timer ??= setInterval(
      () => void this.#send(encodeAnswer({ type: "running", v: WIRE_VERSION })),
      SIGN_OF_LIFE_MS,
    );
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
