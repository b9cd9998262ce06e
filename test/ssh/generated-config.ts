import fc from "fast-check";

/** Hosts to ask for; the generated patterns are made of the same letters, so that many match. */
export const HOSTS = ["a", "ab", "b.example", "A", "db1", "db12", "web-1.example", "10.0.0.7", "none"];

const pattern = fc.oneof(
  fc.constantFrom(
    ...HOSTS,
    "*",
    "a*",
    "?",
    "db?",
    "db*",
    "*.example",
    "w*1*",
    "10.*",
    "!a",
    "!db1",
    "!*.example",
  ),
  fc.string({ unit: fc.constantFrom("a", "b", "1", "*", "?", "."), minLength: 1, maxLength: 4 }),
);
const list = fc.array(pattern, { minLength: 1, maxLength: 3 });

const criterion = fc.oneof(
  fc.constantFrom("all", "final", "canonical", "!all", "!final"),
  fc
    .tuple(
      fc.constantFrom("", "!"),
      fc.constantFrom("host", "originalhost", "user", "localuser", "Host"),
      list,
    )
    .map(([not, name, patterns]) => `${not}${name} ${patterns.join(",")}`),
  fc.constantFrom("user root", "user u1,u2", "localuser root", "host=a", 'user "u1"'),
);
const match = fc.oneof(
  { weight: 12, arbitrary: criterion },
  { weight: 6, arbitrary: fc.tuple(criterion, criterion).map((both) => both.join(" ")) },
  { weight: 1, arbitrary: fc.constantFrom("host a # comment", "nothing a", "all user root", "host") },
);

const word = (...words: string[]) => fc.constantFrom(...words);
const good = fc.oneof(
  word("a", "%h.example", "10.0.0.%h", "%%h", "Up.Example", '"quoted"').map((value) => `HostName ${value}`),
  word("22", "2222", "65535").map((value) => `Port ${value}`),
  word("u1", "u2", "root", '"a b"', "a\\ b", "'q'").map((value) => `User ${value}`),
  word("~/.ssh/one", "/k/two", '"/k/with space"', "none", "/k/%h", "/k/two").map(
    (value) => `IdentityFile ${value}`,
  ),
  word("j", "u@j:2200", "j1,u@j2", "none", "j1,j2:22,j3", "[::1]:22").map((value) => `ProxyJump ${value}`),
  word("nc -X connect proxy 1", "none", 'sh -c "exec nc a 1"', "nc a # b").map(
    (value) => `ProxyCommand ${value}`,
  ),
  word("/kh/1 /kh/2", "/kh/1", "~/kh", '"/kh/a b" /kh/3').map((value) => `UserKnownHostsFile ${value}`),
  word("/kh/g", "/kh/g1 /kh/g2").map((value) => `GlobalKnownHostsFile ${value}`),
  word("yes", "no", "ask", "accept-new", "off", "YES").map((value) => `StrictHostKeyChecking ${value}`),
  word("5", "1m", "none", "1h2m3s").map((value) => `ConnectTimeout ${value}`),
  word("0", "30", "5m", "none").map((value) => `ServerAliveInterval ${value}`),
  word("1", "9").map((value) => `ServerAliveCountMax ${value}`),
  word("alias1", "Alias2").map((value) => `HostKeyAlias ${value}`),
  word("any", "inet", "INET6").map((value) => `AddressFamily ${value}`),
  word("yes", "no", "true").map((value) => `IdentitiesOnly ${value}`),
  word("none", "/agent/%r", "SSH_AUTH_SOCK", "$SSH_AUTH_SOCK").map((value) => `IdentityAgent ${value}`),
  word("127.0.0.1").map((value) => `BindAddress ${value}`),
  word("yes", "no").map((value) => `HashKnownHosts ${value}`),
  word("yes", "no").map((value) => `PasswordAuthentication ${value}`),
  word("yes", "no").map((value) => `ChallengeResponseAuthentication ${value}`),
  word("LogLevel INFO", "Compression yes", "SendEnv LANG", "GSSAPIAuthentication yes", "IgnoreUnknown Non*"),
);

const bad = word(
  "Port 0",
  "Port 65536",
  "Port x",
  "StrictHostKeyChecking maybe",
  "ConnectTimeout x",
  "IdentitiesOnly perhaps",
  "HostName a b",
  'User "a',
  "ProxyJump a,,b",
  "Nonsense yes",
);
const directive = fc.oneof({ weight: 40, arbitrary: good }, { weight: 1, arbitrary: bad });

/** The same directive, written in the ways that ssh_config allows. */
const written = fc
  .tuple(directive, fc.constantFrom("plain", "equals", "spaced", "tabs", "upper", "comment", "cr", "two"))
  .map(([line, how]) => {
    const [, keyword = "", value = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
    switch (how) {
      case "equals":
        return `${keyword}=${value}`;
      case "spaced":
        return `  ${keyword} = ${value}  `;
      case "tabs":
        return `\t${keyword}\t\t${value}\t`;
      case "upper":
        return `${keyword.toUpperCase()} ${value}`;
      case "comment":
        // ssh takes "none # why" for a host of that name.
        return line.startsWith("ProxyJump none") ? line : `${line} # why`;
      case "cr":
        return `${line}\r`;
      case "two":
        return `${line}\n\n  # a comment\n`;
      default:
        return line;
    }
  });

const block = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: list.map((patterns) => `Host ${patterns.join(" ")}`) },
      { weight: 2, arbitrary: match.map((criteria) => `Match ${criteria}`) },
      { weight: 1, arbitrary: fc.constant("Host=*") },
    ),
    fc.array(written, { maxLength: 4 }),
  )
  .map(([head, lines]) => [head, ...lines].join("\n"));

const text = fc
  .tuple(fc.array(written, { maxLength: 2 }), fc.array(block, { minLength: 1, maxLength: 5 }))
  .map(([lines, blocks]) => `${[...lines, ...blocks].join("\n")}\n`);

export interface GeneratedConfig {
  /** "INCLUDE" stands for the path of `included`. */
  readonly main: string;
  readonly included: string;
}

/** A config of a few blocks, most of them with an Include somewhere. */
export const generatedConfig: fc.Arbitrary<GeneratedConfig> = fc
  .tuple(text, text, fc.nat({ max: 12 }))
  .map(([main, included, at]) => {
    const lines = main.split("\n");
    if (at < 8) lines.splice(Math.min(at, lines.length - 1), 0, "Include INCLUDE");
    return { main: lines.join("\n"), included };
  });
