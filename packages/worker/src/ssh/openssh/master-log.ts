/** How far ssh has come, in its own order. */
export type Stage = "lookup" | "connect" | "greeting" | "key exchange" | "login" | "ready";

/** What the master says about a session that it was asked to open. */
export type SessionWord =
  | { readonly kind: "asked" }
  /** The server has closed it. */
  | { readonly kind: "closed"; readonly channel: string }
  | { readonly kind: "full" | "refused"; readonly message: string };

/** What a server tells of a command's end: a code, or a signal, of which ssh does not say which. */
export type SessionEnd = "status" | "signal";

export interface Door {
  readonly port: number;
  readonly user: string;
}

/** Of one line, and of all before the connection stands: a server may send a banner without end. */
const MOST_LINE = 2000;
const MOST_LINES = 400;
/** Kept while it stands, to tell why it ended. */
const LAST_LINES = 20;
const MOST_SESSIONS = 1000;

/** The words of a control master (`ssh -M -v`), read as they come; bounded, whatever the server makes it say. */
export class MasterLog {
  #lines: string[] = [];
  #rest = "";
  #stage: Stage = "lookup";
  #server: string | undefined;
  #door: Door | undefined;
  #channel: string | undefined;
  #isClosed = false;
  readonly #ends = new Map<string, SessionEnd>();
  readonly #onSession: (word: SessionWord) => void;

  constructor(onSession: (word: SessionWord) => void = () => {}) {
    this.#onSession = onSession;
  }

  /** The last lines, oldest first. */
  get lines(): readonly string[] {
    return this.#rest === "" ? this.#lines : [...this.#lines, this.#rest];
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** The server's software, once it has told; with a jump host on the way, the last one that did. */
  get server(): string | undefined {
    return this.#server;
  }

  /** Where and as whom it logs in; with a jump host on the way, the last one. */
  get door(): Door | undefined {
    return this.#door;
  }

  /** The number of the session that was opened last. */
  get channel(): string | undefined {
    return this.#channel;
  }

  /** The server has closed that session already. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the server told how the session's command ended; asked once. */
  takeEnd(channel: string): SessionEnd | undefined {
    const end = this.#ends.get(channel);
    this.#ends.delete(channel);
    return end;
  }

  feed(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = (lines.pop() ?? "").slice(0, MOST_LINE);
    for (const line of lines) this.#take(line.trimStart().slice(0, MOST_LINE));
  }

  /** It stands: from here on only its sessions and its end are told. */
  ready(): void {
    this.#stage = "ready";
    this.#lines = [];
  }

  #take(line: string): void {
    if (line === "") return;
    this.#lines.push(line);
    const most = this.#stage === "ready" ? LAST_LINES : MOST_LINES;
    if (this.#lines.length > most) this.#lines.shift();
    if (this.#stage === "ready") this.#session(line);
    else this.#progress(line);
  }

  #progress(line: string): void {
    const server = /^debug1: Remote protocol version [^,]*, remote software version (.*)$/.exec(line)?.[1];
    if (server !== undefined) this.#server = server.trim();
    const [, port, user] = /^debug1: Authenticating to .*:(\d+) as '(.*)'$/.exec(line) ?? [];
    if (port !== undefined && user !== undefined) this.#door = { port: Number(port), user };
    for (const [pattern, stage] of STAGES) if (pattern.test(line)) this.#stage = stage;
  }

  #session(line: string): void {
    const opened = /^debug1: channel (\d+): new (?:session )?\[client-session\]/.exec(line)?.[1];
    if (opened !== undefined) {
      this.#channel = opened;
      this.#isClosed = false;
      this.#ends.delete(opened);
    }
    const [, of, end] =
      /^debug1: client_input_channel_req: channel (\d+) rtype exit-(status|signal) /.exec(line) ?? [];
    if (of !== undefined && (of === this.#channel || this.#ends.size < MOST_SESSIONS))
      this.#ends.set(of, end === "status" ? "status" : "signal");
    if (line.startsWith("debug1: Sending command: ")) this.#onSession({ kind: "asked" });
    const closed = /^debug1: channel (\d+): free: client-session/.exec(line)?.[1];
    if (closed !== undefined && closed === this.#channel) this.#isClosed = true;
    if (closed !== undefined) this.#onSession({ kind: "closed", channel: closed });
    const [, refused, refusal = ""] = /^channel (\d+): open failed: (.*)$/.exec(line) ?? [];
    // Those of other channels are about ways on to other hosts.
    if (refused !== undefined && refused === this.#channel)
      this.#onSession({
        kind: /^(connect failed|resource shortage)/.test(refusal) ? "full" : "refused",
        message: refusal,
      });
  }
}

const STAGES: readonly (readonly [RegExp, Stage])[] = [
  [/^debug1: Connecting to /, "connect"],
  [/^debug1: (Connection established|Executing proxy command)/, "greeting"],
  [/^debug1: SSH2_MSG_KEXINIT sent/, "key exchange"],
  [/^debug1: SSH2_MSG_SERVICE_ACCEPT received/, "login"],
];
