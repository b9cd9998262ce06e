import { parseGateFinding, type GateReading } from "@roadrunner/core";
import { SubmissionAnswers, type SubmissionProgress } from "../answers/submission-answers.ts";
import type { SubmissionEnd } from "../answers/submission-end.ts";
import type { WrittenAsk } from "./written-ask.ts";

/** Characters of what was found that go into the journal. */
const MAX_TEXT = 500;
/** Characters of a check's last line. */
const MAX_LINE = 200;
/** Bytes of a check's output that are looked at for its last line. */
const KEPT_BYTES = 4096;

/** What came back of an ask. */
export interface AskAnswer {
  readonly reading: GateReading;
  readonly worker?: string;
  readonly warning?: string;
  /** Why it is not believed; `misdirected`: it is another submission's. */
  readonly disbelieved?: "unread" | "misdirected";
}

/** Reads what comes back of one ask. An answer that is not of this very submission says nothing of the gate. */
export class AskAnswers {
  readonly #ask: WrittenAsk;
  readonly #ofCheck: SubmissionAnswers | undefined;

  /** @param nowMs monotonic */
  constructor(ask: WrittenAsk, nowMs: number) {
    this.#ask = ask;
    const { gate, functionName, nonce, wrapped } = ask;
    const { check, timeoutMs } = gate;
    if (check === undefined) return;
    this.#ofCheck = new SubmissionAnswers({
      host: check.host.name,
      functionName,
      nonce,
      ends: { ...check.work, timeoutMs },
      again: false,
      submittedAtMs: nowMs,
      wrapped,
      keepOutputBytes: KEPT_BYTES,
    });
  }

  /** What a worker says before the end: of a check it says that it starts it, and nothing else is wanted. */
  progress(chunk: Buffer, nowMs: number): readonly SubmissionProgress[] {
    return this.#ofCheck?.progress(chunk, nowMs) ?? [];
  }

  end(data: Buffer, wallMs: number): AskAnswer {
    const { name } = this.#ask.gate;
    if (this.#ofCheck !== undefined)
      return ofOutcome(this.#ofCheck.end(data, { wallMs, askedMs: 0, began: false }));
    const text = data.toString("utf8");
    const opened = this.#ask.wrapped.open(text, true);
    if (!opened.ok) return none(`the answer ${opened.error}, so it is not believed${saying(text)}`);
    const gap = opened.value.gap
      ? { warning: `gate ${name}: a part of the answers is missing; somebody may have changed them` }
      : {};
    return { ...gap, ...ofFinding(opened.value.text, this.#ask) };
  }
}

function ofFinding(text: string, { gate, nonce }: WrittenAsk): AskAnswer {
  const parsed = parseGateFinding(text);
  if (!parsed.ok)
    return none(`what answered is no Roadrunner worker: ${cut(parsed.error, MAX_TEXT)}`, {
      disbelieved: "unread",
    });
  const { submission, worker, reading } = parsed.value;
  if (submission !== undefined && submission !== nonce)
    return none(
      `what answers another submission came for gate ${gate.name}: the job server mixes up its jobs, and nothing of it is believed`,
      { disbelieved: "misdirected" },
    );
  if (reading.kind === "none") return none(reading.reason, { worker });
  // A worker that could not read the question does not know which one it was; what it found then is of no question.
  if (submission === undefined)
    return none(
      `the answer of worker ${worker} is not believed: it does not say which submission it answers`,
      { worker, disbelieved: "unread" },
    );
  return { reading, worker };
}

/** The check ran to its end on its host, or nobody can tell. */
function ofOutcome(answer: SubmissionEnd): AskAnswer {
  const warning = answer.warning === undefined ? {} : { warning: answer.warning };
  switch (answer.type) {
    case "expired":
    case "same":
      return none("the worker had the question too late to take it", warning);
    case "lost": {
      const { reason, disbelieved } = answer;
      return none(reason, { ...warning, ...(disbelieved === undefined ? {} : { disbelieved }) });
    }
    case "ended": {
      const { outcome, blame, worker, reason } = answer.end;
      const { exitCode = 0, stdout = "", stderr = "", encoding } = answer.report;
      const by = worker === undefined ? warning : { ...warning, worker };
      const hasEnded = outcome === "ok" || (outcome === "failed" && (blame ?? "host") === "host");
      if (!hasEnded) return none(`${outcome}: ${reason ?? "no reason is given"}`, by);
      // Bytes that are no text tell nobody anything.
      const said =
        lastLine(encoding?.stderr === undefined ? stderr : "") ??
        lastLine(encoding?.stdout === undefined ? stdout : "");
      const text = [reason ?? `exit code ${exitCode}`, ...(said === undefined ? [] : [said])].join(": ");
      return { ...by, reading: { kind: "exit", ok: outcome === "ok", reason: cut(text, MAX_TEXT) } };
    }
  }
}

function none(reason: string, more: Omit<AskAnswer, "reading"> = {}): AskAnswer {
  return { ...more, reading: { kind: "none", reason: cut(reason, MAX_TEXT) } };
}

/** What an answer that is not believed says, for the operator: most often why a worker could not take the question. */
function saying(text: string): string {
  const said = parseGateFinding(text);
  const told = said.ok && said.value.reading.kind === "none" ? said.value.reading.reason : text.trim();
  return `; it says: ${cut(told, 300)}`;
}

function lastLine(output: string): string | undefined {
  const line = output.trimEnd().split("\n").at(-1)?.trim() ?? "";
  return line === "" ? undefined : cut(line, MAX_LINE);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
