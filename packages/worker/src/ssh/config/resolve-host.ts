import { isInert, keywordOf, treatmentOf } from "./config-keywords.ts";
import type { ConfigFile, ConfigLine, ConfigProblem } from "./config-line.ts";
import { evaluateMatch } from "./match-line.ts";
import { matchPatterns } from "./pattern-list.ts";

/** The directives that hold for one host, by keyword: the first value wins, IdentityFile gathers. */
export type Directives = ReadonlyMap<string, readonly ConfigLine[]>;

export interface ResolveInput {
  /** In the order of reading: the user's files, then the system's. */
  readonly files: readonly ConfigFile[];
  readonly host: string;
  readonly localUser: string;
  /** What the caller has set itself, as ssh's command line would. */
  readonly hostname?: string;
  readonly user?: string;
  /** Keywords, and "match exec" and the like, that may stand there although nothing is made of them. */
  readonly ignored: ReadonlySet<string>;
}

export interface Resolved {
  readonly directives: Directives;
  /** Why the host cannot be connected to as the files say. */
  readonly problems: readonly ConfigProblem[];
  /** Lines that are left out and may be missed. */
  readonly told: readonly ConfigLine[];
}

/** Goes through the files as ssh does, and a second time where `Match final` asks for it. */
export function resolveHost(input: ResolveInput): Resolved {
  const pass = new Pass(input);
  for (const file of input.files) pass.read(file, true, false);
  if (pass.wantsFinalPass) {
    pass.startFinalPass();
    for (const file of input.files) pass.read(file, true, false);
  }
  return { directives: pass.found, problems: pass.problems, told: pass.told };
}

/** Those of which each line counts; of the others only the first does. */
const GATHERED = new Set([
  "identityfile",
  "certificatefile",
  "sendenv",
  "setenv",
  "localforward",
  "remoteforward",
]);

const TIMES = new Set(["connecttimeout", "serveraliveinterval"]);

class Pass {
  readonly found = new Map<string, ConfigLine[]>();
  readonly problems: ConfigProblem[] = [];
  readonly told: ConfigLine[] = [];
  wantsFinalPass = false;
  readonly #input: ResolveInput;
  #finalHost: string | undefined;

  constructor(input: ResolveInput) {
    this.#input = input;
  }

  startFinalPass(): void {
    this.#finalHost = this.#hostname().toLowerCase();
  }

  /** `never`: the file is included from a block that does not hold, so nothing in it does. */
  read(file: ConfigFile, activeAtStart: boolean, never: boolean): void {
    this.problems.push(...file.problems.filter((one) => !this.problems.includes(one)));
    let active = activeAtStart && !never;
    for (const line of file.lines) {
      const keyword = keywordOf(line.keyword);
      if (keyword === "host") active = !never && matchPatterns(this.#nameAsked(), line.args) === "matches";
      else if (keyword === "match") active = this.#matches(line) && !never;
      else if (keyword === "include") {
        for (const included of line.included ?? []) this.read(included, active, !active);
      } else this.#directive(line, keyword, active);
    }
  }

  #directive(line: ConfigLine, keyword: string, active: boolean): void {
    const treatment = treatmentOf(keyword);
    if (treatment === undefined) {
      if (!this.#isIgnored(line.keyword)) this.#refuse(line, `unknown directive ${line.keyword}`);
      return;
    }
    // The final pass starts from the host name that the first one arrived at.
    if (!active || (keyword === "hostname" && this.#finalHost !== undefined)) return;
    // A time of "none" is as good as not written: the next value counts.
    if (TIMES.has(keyword) && isInert(line)) return;
    const lines = this.found.get(keyword);
    if (lines === undefined) this.found.set(keyword, [line]);
    else if (GATHERED.has(keyword) && !lines.includes(line)) lines.push(line);
    else return;
    if (keyword === "proxycommand" || keyword === "proxyjump") this.#proxy(line);
    if (treatment === "honoured" || isInert(line) || this.#isIgnored(keyword)) return;
    if (treatment === "elsewhere") this.#refuse(line, `${line.keyword} is not honoured`, keyword);
    else if (treatment === "told") this.told.push(line);
  }

  /** Of ProxyCommand and ProxyJump the first counts, kept under "proxy"; only `ProxyJump none` gives way. */
  #proxy(line: ConfigLine): void {
    const first = this.found.get("proxy")?.[0];
    const givesWay = first?.keyword === "proxyjump" && isInert(first) && line.keyword === "proxycommand";
    if (first === undefined || givesWay) this.found.set("proxy", [line]);
  }

  #matches(line: ConfigLine): boolean {
    const answer = evaluateMatch({
      text: line.rest,
      originalHost: this.#input.host,
      host: this.#finalHost ?? this.#hostname(),
      user: this.#input.user ?? this.found.get("user")?.[0]?.args[0] ?? this.#input.localUser,
      localUser: this.#input.localUser,
      isFinalPass: this.#finalHost !== undefined,
    });
    this.wantsFinalPass ||= answer.wantsFinalPass;
    if (answer.problem !== undefined) this.#refuse(line, `Match: ${answer.problem}`);
    if (answer.undecided !== undefined && !this.#isIgnored(`match ${answer.undecided}`))
      this.#refuse(line, `Match ${answer.undecided} is not honoured`, `match ${answer.undecided}`);
    return answer.active;
  }

  /** Host blocks are about the name asked for, in the final pass about what HostName made of it. */
  #nameAsked(): string {
    return this.#finalHost ?? this.#input.host;
  }

  #hostname(): string {
    const { host, hostname } = this.#input;
    if (hostname !== undefined) return hostname;
    const written = this.found.get("hostname")?.[0]?.args[0];
    return written?.replaceAll(/%([%h])/g, (_, letter) => (letter === "h" ? host : "%")) ?? host;
  }

  #isIgnored(keyword: string): boolean {
    const list = this.found.get("ignoreunknown")?.[0]?.args[0]?.toLowerCase().split(",") ?? [];
    return this.#input.ignored.has(keyword) || matchPatterns(keyword, list) === "matches";
  }

  #refuse({ file, line }: ConfigLine, message: string, beyondUs?: string): void {
    if (!this.problems.some((one) => one.file === file && one.line === line))
      this.problems.push({ file, line, message, ...(beyondUs === undefined ? {} : { beyondUs }) });
  }
}
