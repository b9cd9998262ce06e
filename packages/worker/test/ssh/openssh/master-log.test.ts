import { expect, test } from "vitest";
import { MasterLog, type SessionWord } from "../../../src/ssh/openssh/master-log.ts";

function heard(): { log: MasterLog; words: SessionWord[] } {
  const words: SessionWord[] = [];
  return { log: new MasterLog((word) => void words.push(word)), words };
}

const LOGIN = [
  "debug1: Connecting to 10.0.0.1 [10.0.0.1] port 22.",
  "debug1: Connection established.",
  "debug1: Remote protocol version 2.0, remote software version dropbear_2022.83",
  "debug1: Authenticating to 10.0.0.1:2222 as 'op'",
  "debug1: SSH2_MSG_KEXINIT sent",
  "debug1: SSH2_MSG_SERVICE_ACCEPT received",
  "",
].join("\r\n");

test("how far it has come, in pieces of any size", () => {
  const { log } = heard();
  const stages = new Set<string>();
  for (const char of LOGIN) {
    log.feed(char);
    stages.add(log.stage);
  }
  expect([...stages]).toEqual(["lookup", "connect", "greeting", "key exchange", "login"]);
  expect([log.server, log.door]).toEqual(["dropbear_2022.83", { port: 2222, user: "op" }]);
});

test("a session: opened, refused, full, and how it ended", () => {
  const { log, words } = heard();
  log.ready();
  log.feed(
    "debug1: channel 2: new session [client-session] (inactive timeout: 0)\ndebug1: Sending command: x\n",
  );
  expect([words, log.channel]).toEqual([[{ kind: "asked" }], "2"]);
  log.feed("debug1: client_input_channel_req: channel 2 rtype exit-status reply 0\n");
  expect([log.takeEnd("2"), log.takeEnd("2")]).toEqual(["status", undefined]);
  log.feed("debug1: client_input_channel_req: channel 2 rtype exit-signal reply 0\n");
  log.feed("debug1: channel 2: free: client-session, nchannels 3\n");
  expect([log.takeEnd("2"), words.at(-1)]).toEqual(["signal", { kind: "closed", channel: "2" }]);
  // Older ones name it a little otherwise; a way on to another host fails with the same words.
  log.feed(
    "debug1: channel 3: new [client-session]\nchannel 4: open failed: connect failed: Connection refused\n",
  );
  expect(words).toHaveLength(2);
  log.feed("channel 3: open failed: connect failed: open failed\n");
  log.feed(
    "debug1: channel 5: new [client-session]\nchannel 5: open failed: administratively prohibited: no\n",
  );
  expect(words.slice(2).map(({ kind }) => kind)).toEqual(["full", "refused"]);
});

test("a session that was over in the same breath is known to be, until the next one", () => {
  const { log } = heard();
  log.ready();
  const session = (number: number) => `debug1: channel ${number}: new session [client-session]\n`;
  log.feed(`${session(2)}debug1: Sending command: x\ndebug1: channel 1: free: client-session, nchannels 3\n`);
  expect(log.isClosed).toBe(false);
  log.feed("debug1: channel 2: free: client-session, nchannels 2\n");
  expect(log.isClosed).toBe(true);
  log.feed(session(2));
  expect(log.isClosed).toBe(false);
});

test("its bounds hold, whatever a server makes it say", () => {
  const { log } = heard();
  log.feed("x".repeat(1_000_000));
  expect(log.lines.join("").length).toBeLessThanOrEqual(2000);
  for (let line = 0; line < 5000; line += 1) log.feed(`${"banner".repeat(1000)}\n`);
  expect(log.lines.join("").length).toBeLessThanOrEqual(401 * 2000);
  log.ready();
  for (let line = 0; line < 100; line += 1)
    log.feed(`debug1: client_input_channel_req: channel ${line} rtype exit-status reply 0\n`);
  expect(log.lines).toHaveLength(20);
});
