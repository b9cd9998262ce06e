import type { Result } from "@roadrunner/core";
import type { ConfigLine, ConfigProblem } from "./config-line.ts";
import type { Directives } from "./resolve-host.ts";

/** Reads values out of a host's directives; what cannot be read is kept as a problem of its line. */
export class DirectiveReader {
  readonly problems: ConfigProblem[] = [];
  readonly #directives: Directives;

  constructor(directives: Directives) {
    this.#directives = directives;
  }

  line(keyword: string): ConfigLine | undefined {
    return this.#directives.get(keyword)?.[0];
  }

  /** The first argument of the first line. */
  word(keyword: string): string | undefined {
    return this.line(keyword)?.args[0];
  }

  lines(keyword: string): readonly ConfigLine[] {
    return this.#directives.get(keyword) ?? [];
  }

  value<T>(keyword: string, parse: (text: string) => T | undefined): T | undefined {
    const word = this.word(keyword);
    return word === undefined ? undefined : parse(word);
  }

  refuse(line: ConfigLine | undefined, why: string, isBeyondUs = false): undefined {
    this.problems.push({
      ...(isBeyondUs && line !== undefined ? { beyondUs: line.keyword } : {}),
      file: line?.file ?? "the worker's options",
      line: line?.line ?? 0,
      message: `${line?.keyword ?? ""}: ${why}`,
    });
  }

  /** The result's value; its error becomes a problem of the line, and "" the value. */
  take(line: ConfigLine | undefined, result: Result<string, string>): string {
    if (result.ok) return result.value;
    this.refuse(line, result.error);
    return "";
  }
}
