import { describe, expect, test } from "vitest";
import { lateProblem } from "../../../src/ssh/openssh/late-problem.ts";
import { fellThrough, masterFailure, type FailedMaster } from "../../../src/ssh/openssh/master-problem.ts";

const failed = (text: string, more: Partial<FailedMaster> = {}): FailedMaster => ({
  host: "db1",
  where: "db1 (10.0.0.1 port 22)",
  user: "op",
  stage: "login",
  password: {},
  certificates: { useless: [], valid: [] },
  shutKeys: [],
  exitCode: 255,
  socket: "/tmp/rr-abc/1",
  lines: text.split("\n"),
  ...more,
});

const EARLY = { stage: "connect" } as const;

/** ssh's own words, with the reason that they mean. */
type Row = readonly [string, string, string, Partial<FailedMaster>?];

const WORDS: readonly Row[] = [
  ["ssh: connect to host 10.0.0.1 port 22: No route to host", "route", "host", EARLY],
  ["ssh: connect to host 10.0.0.1 port 22: Network is unreachable", "route", "worker", EARLY],
  ["ssh: connect to host 10.0.0.1 port 22: Connection timed out", "timeout", "host", EARLY],
  ["ssh: connect to host 10.0.0.1 port 22: Too many open files", "local", "worker", EARLY],
  [
    "Connection timed out during banner exchange\nConnection to 10.0.0.1 port 22 timed out",
    "timeout",
    "host",
  ],
  ["ssh: Could not resolve hostname db1: Name or service not known", "name", "host", EARLY],
  ["ssh: Could not resolve hostname db1: Temporary failure in name resolution", "local", "worker", EARLY],
  [
    "Unable to negotiate with 10.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa",
    "protocol",
    "host",
  ],
  ["/etc/ssh/ssh_config: line 3: Bad configuration option: foo", "config", "worker", { stage: "lookup" }],
  ["Bad owner or permissions on /c", "config", "worker", { stage: "lookup" }],
  ["sh: 1: exec: ssh: not found", "local", "worker", { exitCode: 127, stage: "lookup" }],
  ["Dropbear v2022.83: unknown option -M", "local", "worker", { exitCode: 1, stage: "lookup" }],
  ["sh: 1: cannot create /tmp/rr-abc/1.pid: No space left on device", "local", "worker", { exitCode: 125 }],
  ["sh: 1: echo: echo: I/O error", "local", "worker", { exitCode: 125, stage: "lookup" }],
  ["unix_listener: cannot bind to path /tmp/rr-abc/1.x: No space left on device", "local", "worker"],
  [
    "muxserver_listen: link mux listener /tmp/rr-abc/1.x => /tmp/rr-abc/1: Disk quota exceeded",
    "local",
    "worker",
  ],
  // As a server can write it in a banner: it does not know the socket.
  ["unix_listener: cannot bind to path /tmp/rr-xyz/1.x: No space left on device", "protocol", "host"],
  ["fork failed: Resource temporarily unavailable", "local", "worker", EARLY],
  ["fork failed: Resource temporarily unavailable", "protocol", "host"],
  [
    "debug1: Offering public key: /k ED25519 SHA256:x explicit\nop@db1: Permission denied (publickey).",
    "authentication",
    "host",
  ],
  [
    "debug1: Offering public key: /k ED25519 SHA256:x agent\nReceived disconnect from 10.0.0.1 port 22:2: Too many authentication failures",
    "authentication",
    "host",
  ],
  ["op@db1: Permission denied (publickey,gssapi-with-mic).", "local", "worker"],
  [
    'debug1: Offering public key: /k ED25519 SHA256:x agent\nsign_and_send_pubkey: signing failed for ED25519 "k" from agent: agent refused operation\nop@db1: Permission denied (publickey).',
    "local",
    "worker",
  ],
  [
    "channel 0: open failed: administratively prohibited: open failed\nstdio forwarding failed\nConnection closed by UNKNOWN port 65535",
    "route",
    "host",
  ],
  [
    "debug1: Executing proxy command: exec nc 10.0.0.1 22\n/bin/sh: 1: exec: nc: not found\nkex_exchange_identification: Connection closed by remote host",
    "local",
    "worker",
    { stage: "greeting" },
  ],
  [
    'debug1: Offering public key: /k ED25519-SK SHA256:x explicit\nsign_and_send_pubkey: signing failed for ED25519-SK "/k": device not found\nop@db1: Permission denied (publickey).',
    "local",
    "worker",
  ],
  ["something that nobody has heard before", "protocol", "host"],
];

describe("what ssh says means the same as what ssh2 finds", () => {
  test.each(WORDS.map((row) => ({ text: row[0], row })))(
    "$text",
    ({ row: [text, reason, blame, more = {}] }) => {
      const found = masterFailure(failed(text, more));
      expect(found.kind).toBe("failed");
      expect(found.problem).toMatchObject({ reason, blame });
      expect(found.problem.message).toContain("db1");
    },
  );

  test("a server that turns away is another matter: it may be another time", () => {
    const text =
      "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 10.0.0.1 port 22";
    expect(masterFailure(failed(text, { stage: "greeting" }))).toMatchObject({ kind: "turnedAway" });
  });

  test("a banner that copies ssh's words does not stand in for the last of them", () => {
    const text =
      "ssh: Could not resolve hostname x: Temporary failure in name resolution\nop@db1: Permission denied (publickey).";
    const found = masterFailure(failed(`debug1: Offering public key: /k ED25519\n${text}`));
    expect(found.problem).toMatchObject({ reason: "authentication", blame: "host" });
  });
});

describe("a ProxyCommand that ends at once", () => {
  test.each([
    "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535",
    "banner exchange: Connection to UNKNOWN port 65535: Broken pipe",
  ])("is told by its own words: %s", (ours) => {
    const lines = `debug1: Executing proxy command: exec nc 10.0.0.1 22\nnc: it rains\n${ours}`;
    expect(masterFailure(failed(lines, { stage: "greeting" })).problem).toMatchObject({
      reason: "route",
      message: 'db1 (10.0.0.1 port 22): ProxyCommand "nc 10.0.0.1 22" gave no connection: nc: it rains',
    });
  });
});

test.each([
  ["Control socket connect(/tmp/rr-a/1): Connection refused", true],
  [
    "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535",
    true,
  ],
  ["banner exchange: Connection to UNKNOWN port 65535: Broken pipe", true],
  [
    "mux_client_request_session: session request failed: Session open refused by peer\n" +
      "kex_exchange_identification: Connection closed by remote host",
    false,
  ],
  [
    "mux_client_request_session: session request failed: Session open refused by peer\n" +
      "banner exchange: Connection to UNKNOWN port 65535: Broken pipe",
    false,
  ],
  ["", false],
])("a client that has found no master: %j: %s", (words, expected) => {
  expect(fellThrough(words)).toBe(expected);
});

test("what hangs before ssh connects is on the worker's box", () => {
  const late = (stage: "lookup" | "greeting", ...lines: readonly string[]) =>
    lateProblem("db1 (10.0.0.1 port 22)", { stage, lines }, 4000);
  const exec = "debug1: Executing command: 'sleep 9'";
  expect(late("lookup")).toMatchObject({ reason: "local", blame: "worker" });
  expect(late("lookup", exec)).toMatchObject({ reason: "local", blame: "worker", unless: "route" });
  expect(late("lookup", exec, "debug1: more")).toMatchObject({ reason: "timeout", blame: "host" });
  expect(late("greeting", exec)).toMatchObject({ reason: "timeout", blame: "host" });
});
