import type { GateAnswer, GateRef, OutputMessage, TaskRef, TaskReport } from "@roadrunner/core";
import type { TaskNews } from "../traffic/traffic-options.ts";
import type { Asked } from "./questions.ts";

/** What a run's parts make for its loop. */
export type Message =
  | { readonly type: "news"; readonly news: TaskNews; readonly report: TaskReport | undefined }
  | { readonly type: "output"; readonly task: TaskRef; readonly output: OutputMessage }
  | { readonly type: "warning"; readonly text: string }
  /** Nothing more can start. */
  | { readonly type: "cannotGoOn"; readonly reason: string }
  | { readonly type: "question"; readonly asked: Asked }
  | { readonly type: "gate"; readonly gate: GateRef; readonly ask: number; readonly answer: GateAnswer }
  /** Nor is there anything to wait for. */
  | { readonly type: "nothingLeft"; readonly reason: string };

/** Where the parts of a run leave what they hear and find, in its order, without knowing who reads it. */
export class Inbox {
  #kept: Message[] = [];
  #read: (message: Message) => void = (message) => void this.#kept.push(message);

  readonly news = (news: TaskNews, report?: TaskReport): void => this.#read({ type: "news", news, report });
  readonly output = (task: TaskRef, output: OutputMessage): void =>
    this.#read({ type: "output", task, output });
  readonly warning = (text: string): void => this.#read({ type: "warning", text });
  readonly cannotGoOn = (reason: string): void => this.#read({ type: "cannotGoOn", reason });
  readonly nothingLeft = (reason: string): void => this.#read({ type: "nothingLeft", reason });

  readonly question = (asked: Asked): void => this.#read({ type: "question", asked });
  readonly gate = (gate: GateRef, ask: number, answer: GateAnswer): void =>
    this.#read({ type: "gate", gate, ask, answer });

  /** From here on each message is read as it comes; those that have come are read first. */
  open(read: (message: Message) => void): void {
    for (const message of this.#kept) read(message);
    this.#kept = [];
    this.#read = read;
  }
}
