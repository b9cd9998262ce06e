import { encodeAnswer, succeed, type OutcomeMessage, type Progress } from "@roadrunner/core";
import { SubmissionAnswers, type Submission } from "../../src/answers/submission-answers.ts";

export const submission: Submission = {
  host: "web1",
  functionName: "rr-run",
  nonce: "n1",
  ends: { okCodes: [0] },
  again: false,
  submittedAtMs: 1000,
  wrapped: { open: (text) => succeed({ text, gap: false }) },
  keepOutputBytes: 1000,
};

export function answers(changed: Partial<Submission> = {}): SubmissionAnswers {
  return new SubmissionAnswers({ ...submission, ...changed });
}

export function bytes(...messages: readonly (Progress | OutcomeMessage)[]): Buffer {
  return Buffer.from(messages.map((message) => encodeAnswer(message)).join(""));
}

export function started(worker: string): Progress {
  return { type: "started", v: 1, submission: "n1", worker, places: 4, version: "1.0.0", reads: [1] };
}

export function output(data: string): Progress {
  return { type: "output", v: 1, stream: "stdout", data };
}

export function outcome(fields: Partial<OutcomeMessage> = {}): OutcomeMessage {
  const { outcome: how = "ok" } = fields;
  const own = { v: 1, submission: "n1", host: "web1", worker: "w1", stdout: "", stderr: "" } as const;
  return { ...own, outcome: how, ...(how === "ok" ? { exitCode: 0 } : {}), ...fields };
}

/** It does not say which submission it answers. */
export function unnamed(fields: Partial<OutcomeMessage>): OutcomeMessage {
  const { submission: _, ...message } = outcome(fields);
  return message;
}

export const BOOT = "11111111-2222-3333-4444-555555555555";

export const KNOWN = { wallMs: 0, askedMs: 0, began: false };
