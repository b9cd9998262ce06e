/** Characters of live output that wait to be shown. */
const MOST_WAITING = 16 * 1024 * 1024;

/**
 * Live output that waits for the journal. As long as that cannot be written nobody is shown anything, and commands go on
 * printing: what is too much is left out, and counted.
 */
export class WaitingOutput {
  #characters = 0;
  #leftOut = 0;

  /** Whether there is room for so much more; then it waits. */
  take(characters: number): boolean {
    if (this.#characters + characters > MOST_WAITING) {
      this.#leftOut += 1;
      return false;
    }
    this.#characters += characters;
    return true;
  }

  /** It waits no longer. */
  shown(characters: number): void {
    this.#characters -= characters;
  }

  /** The warning of what was left out since the last one; undefined: nothing was. */
  warning(): string | undefined {
    if (this.#leftOut === 0) return undefined;
    const count = this.#leftOut;
    this.#leftOut = 0;
    return `${count} pieces of live output are not shown: for too long the journal could not be written`;
  }
}
