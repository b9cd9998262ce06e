import { Capture } from "./capture.ts";
import { MarkReader, type Piece } from "./mark-reader.ts";
import type { Mark } from "../program/marks.ts";
import { askedOf } from "../program/unless.ts";
import { Redactor, type Secret } from "./redactor.ts";
import type { CapturedStream } from "../program/remote-task.ts";

export type StreamName = "stdout" | "stderr";

/** What one chunk said. */
export interface HeardPieces {
  readonly marks: readonly Mark[];
  /** The command's own bytes, secrets replaced. */
  readonly output: Buffer;
}

/** Enough of a banner or a complaint to quote. */
const MAX_NOISE_BYTES = 2048;
/** Of what `unless` says, of each stream: the first and the last half. */
const MAX_QUESTION_BYTES = 8192;

/** Both streams of a channel: marks out, output redacted and kept within bounds, all else noted. No I/O. */
export class Listening {
  readonly #streams: Readonly<Record<StreamName, StreamParts>>;
  readonly #secrets: readonly Secret[];
  readonly #noise: Buffer[] = [];
  #noiseBytes = 0;

  constructor(nonce: string, secrets: readonly Secret[], maxOutputBytes: number) {
    const parts = (): StreamParts => ({
      marks: new MarkReader(nonce),
      redactor: new Redactor(secrets),
      capture: new Capture(maxOutputBytes),
      asking: undefined,
      closed: false,
    });
    this.#secrets = secrets;
    this.#streams = { stdout: parts(), stderr: parts() };
  }

  hear(stream: StreamName, chunk: Buffer): HeardPieces {
    return this.#take(stream, this.#streams[stream].marks.read(chunk));
  }

  /** The stream will say no more: gives what was held back. */
  close(stream: StreamName): HeardPieces {
    const heard = this.#take(stream, this.#streams[stream].marks.end());
    return { ...heard, output: Buffer.concat([heard.output, this.#said(stream), this.#flush(stream)]) };
  }

  /** The end mark has come: all of the command's output in this stream was heard. */
  hasEnded(stream: StreamName): boolean {
    return this.#streams[stream].closed;
  }

  captured(stream: StreamName): CapturedStream {
    return this.#streams[stream].capture.result();
  }

  /** What came before the start mark, of both streams. */
  noise(): string {
    const redactor = new Redactor(this.#secrets);
    const bytes = Buffer.concat(this.#noise);
    return Buffer.concat([redactor.push(bytes), redactor.end()])
      .toString("utf8")
      .trim();
  }

  #take(stream: StreamName, pieces: readonly Piece[]): HeardPieces {
    const marks: Mark[] = [];
    const output: Buffer[] = [];
    for (const piece of pieces) {
      if (piece.kind === "mark") {
        marks.push(piece.mark);
        if (piece.mark.word === "asking") this.#streams[stream].asking = this.#question();
        if (piece.mark.word === "asked") output.push(this.#answered(stream, piece.mark));
        if (piece.mark.word !== "end") continue;
        output.push(this.#flush(stream));
        this.#streams[stream].closed = true;
      } else if (piece.kind === "output") {
        output.push(this.#keep(stream, this.#streams[stream].redactor.push(piece.bytes)));
      } else if (piece.kind === "asking") {
        const { asking } = this.#streams[stream];
        asking?.capture.push(asking.redactor.push(piece.bytes));
      } else if (piece.kind === "noise" && this.#noiseBytes < MAX_NOISE_BYTES) {
        const kept = Buffer.from(piece.bytes.subarray(0, MAX_NOISE_BYTES - this.#noiseBytes));
        this.#noise.push(kept);
        this.#noiseBytes += kept.length;
      }
    }
    return { marks, output: output.length === 1 ? (output[0] as Buffer) : Buffer.concat(output) };
  }

  #question(): Question {
    return { redactor: new Redactor(this.#secrets), capture: new Capture(MAX_QUESTION_BYTES) };
  }

  /** Only of a question that failed it is worth to know what it said. */
  #answered(stream: StreamName, mark: Mark): Buffer {
    if (askedOf(mark).kind === "failed") return this.#said(stream);
    this.#streams[stream].asking = undefined;
    return Buffer.alloc(0);
  }

  /** What `unless` said, which counts as the task's output from here on. */
  #said(stream: StreamName): Buffer {
    const { asking } = this.#streams[stream];
    if (asking === undefined) return Buffer.alloc(0);
    this.#streams[stream].asking = undefined;
    asking.capture.push(asking.redactor.end());
    const { head, tail, omittedBytes } = asking.capture.result();
    const gap = omittedBytes === 0 ? "" : `\n… ${omittedBytes} bytes …\n`;
    return this.#keep(stream, Buffer.concat([head, Buffer.from(gap), tail]));
  }

  #flush(stream: StreamName): Buffer {
    return this.#keep(stream, this.#streams[stream].redactor.end());
  }

  #keep(stream: StreamName, bytes: Buffer): Buffer {
    this.#streams[stream].capture.push(bytes);
    return bytes;
  }
}

/** What `unless` says, while nobody knows whether that matters. */
interface Question {
  readonly redactor: Redactor;
  readonly capture: Capture;
}

interface StreamParts {
  readonly marks: MarkReader;
  readonly redactor: Redactor;
  readonly capture: Capture;
  asking: Question | undefined;
  closed: boolean;
}
