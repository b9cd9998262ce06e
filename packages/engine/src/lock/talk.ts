import { connect, type Socket } from "node:net";
import { fail, succeed, type Result } from "@roadrunner/core/errors";

/** What a word of another process of this user comes to: the answer, one line. */
export type Listener = (word: string) => string;

/** How long a word or an answer is waited for. */
const PATIENCE_MS = 5000;
const MOST_CHARACTERS = 1000;

/**
 * Hears one line on a socket, answers with one, and ends. Whoever only looks whether somebody is there says nothing, and
 * gets nothing; it keeps no process alive.
 */
export function answerOn(socket: Socket, listener: () => Listener | undefined): void {
  socket.unref();
  socket.on("error", () => undefined);
  readLine(socket, (word) => {
    const hear = listener();
    if (word === undefined || hear === undefined) socket.destroy();
    else socket.end(`${hear(word)}\n`);
  });
}

export function askOn(path: string, word: string): Promise<Result<string, string>> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    let why = `no answer within ${PATIENCE_MS / 1000} s`;
    socket.on("error", (error) => {
      why = error.message;
    });
    readLine(socket, (answer) => {
      socket.destroy();
      resolve(answer === undefined ? fail(why) : succeed(answer));
    });
    socket.write(`${word}\n`);
  });
}

/** Calls back once: with the first line, or with nothing where none comes. */
function readLine(socket: Socket, done: (line: string | undefined) => void): void {
  let text = "";
  let isDone = false;
  const finish = (line: string | undefined): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    done(line);
  };
  const timer = setTimeout(() => finish(undefined), PATIENCE_MS);
  socket.setEncoding("utf8");
  socket.on("data", (part: string) => {
    text += part;
    const end = text.indexOf("\n");
    if (end !== -1) finish(text.slice(0, end));
    else if (text.length > MOST_CHARACTERS) finish(undefined);
  });
  socket.once("end", () => finish(undefined));
  socket.once("close", () => finish(undefined));
}
