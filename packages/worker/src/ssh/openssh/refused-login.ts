import type { CertificateNotes } from "./own-certificates.ts";
import type { ShutKey } from "../login/credentials.ts";
import type { Stage } from "./master-log.ts";
import type { TransportProblem } from "../../transport/transport.ts";
import { problem } from "../../transport/problem.ts";

export interface LoginFacts {
  /** As the flow names it. */
  readonly host: string;
  /** With address and port, for messages. */
  readonly where: string;
  readonly user: string;
  readonly stage: Stage;
  readonly lines: readonly string[];
  readonly certificates: CertificateNotes;
  /** Key files of this worker that cannot be used. */
  readonly shutKeys: readonly ShutKey[];
  /** That is given where it is asked for, or why it is not. */
  readonly password: { readonly value?: string; readonly why?: string; readonly isUnread?: true };
}

/** Keys and the like that did not come to be shown, in ssh's words. */
const UNUSABLE = [
  /^(Load key .*)$/,
  /^(?:debug1: )?(no such identity: .*)$/,
  /^(?:Warning: )?(Identity file .* not accessible: .*)$/,
  /^(sign_and_send_pubkey: .*)$/,
  /^debug1: (key_load_.*)$/,
  /^(?:debug1: )?(.*(?:Ticket expired|No Kerberos credentials available|Server not found in Kerberos database).*)$/,
];

const TICKET_OVER = /Ticket expired|No Kerberos credentials available/;

/** A refused login is the host's answer, unless this worker had nothing to show. */
export function refusedLogin(
  facts: LoginFacts,
  denied: RegExpExecArray | undefined,
  dropped: string | undefined,
): TransportProblem {
  const { user, lines } = facts;
  const [, deniedAt = "", methods = ""] = denied ?? [];
  const isElsewhere = denied !== undefined && !deniedAt.startsWith(`${user}@`);
  const where = isElsewhere ? `${deniedAt} (on the way to ${facts.where})` : facts.where;
  const tried = triedIn(lines);
  const offers = offersIn(lines);
  // What the agent signs with needs no file.
  const shut = facts.shutKeys.filter(({ path }) => !offers.some((one) => one.isOfAgent && isOf(one, path)));
  const unusable = [
    ...shut.map(({ path, why }) => `${path}: ${why}`),
    ...unusableIn(lines).filter((why) => !shut.some(({ path }) => why.includes(path))),
  ].map((why) => `; not usable: ${why}`);
  const { useless, valid } = facts.certificates;
  const ours = [...useless, ...valid].map((why) => `; ${why}`).join("");
  const takes = methods === "" ? "" : `; it takes ${methods.split(",").join(", ")}`;
  const word = dropped === undefined ? "" : `; it ended with "${dropped}"`;
  const asksPassword = /password|keyboard-interactive/.test(methods);
  const noPassword = asksPassword && facts.password.why !== undefined ? `; ${facts.password.why}` : "";
  const rest = `${unusable.join("")}${ours}${takes}${noPassword}${word}`;
  if (tried.length === 0)
    return problem(
      "local",
      `this worker has no key to log in at ${where} as ${user}${rest}; give --identity, name an IdentityFile in ` +
        `ssh_config, run ssh-agent, or get a ticket`,
      { unless: "login" },
    );
  const unsigned = offers.find((one) => one.isTaken && !one.isSigned);
  if (unsigned !== undefined)
    return problem(
      "local",
      `this worker could not log in at ${where} as ${user}: ${unsigned.key} is taken there, and this worker could not ` +
        `sign with it${rest}`,
      { unless: unsigned.isOfAgent ? "agent" : "login" },
    );
  const isTicketOver =
    lines.some((line) => TICKET_OVER.test(line)) && tried.every((way) => way.startsWith("gssapi"));
  const isShut =
    shut.some(({ isOwnFault }) => isOwnFault) ||
    (offers.length === tried.length && offers.every((one) => shut.some(({ path }) => isOf(one, path))));
  const isUnread = asksPassword && facts.password.isUnread === true;
  if (useless.length > 0 || isShut || isTicketOver || isUnread)
    return problem(
      "local",
      `this worker could not log in at ${where} as ${user}: tried ${tried.join(", ")}${rest}`,
      {
        unless: "login",
      },
    );
  return problem(
    "authentication",
    `${where} refused the login as ${user}: tried ${tried.join(", ")}${rest}; is the public key in the authorized_keys ` +
      `of ${user} there, or its authority among TrustedUserCAKeys?`,
  );
}

const TAKEN = /^(debug1: Server accepts key: |sign_and_send_pubkey: signing failed)/;

interface Offer {
  /** With its file or the agent's comment. */
  readonly key: string;
  readonly isOfAgent: boolean;
  /** The server would let it in. */
  readonly isTaken: boolean;
  readonly isSigned: boolean;
}

/** The keys that were shown. Of one that is taken ssh says no more where it signs, but the server answers then. */
function offersIn(lines: readonly string[]): readonly Offer[] {
  const offers: Offer[] = [];
  for (const line of lines) {
    const [, offered, marks = ""] =
      /^debug1: Offering public key: (.*?)((?: explicit| agent| token)*)$/.exec(line) ?? [];
    if (offered !== undefined)
      offers.push({ key: offered, isOfAgent: marks.includes("agent"), isTaken: false, isSigned: false });
    const last = offers.pop();
    if (last === undefined) continue;
    const isTaken = last.isTaken || TAKEN.test(line);
    const isAnswer =
      /^(debug1: Authentications that can continue: |Authenticated |Received disconnect )/.test(line);
    offers.push({ ...last, isTaken, isSigned: last.isSigned || (last.isTaken && isAnswer) });
  }
  return offers;
}

function isOf({ key }: Offer, path: string): boolean {
  return key.startsWith(`${path} `);
}

/** The keys that were shown, and other ways that were tried, each once. */
export function triedIn(lines: readonly string[]): readonly string[] {
  const tried = lines.flatMap((line) => {
    const key = /^debug1: Offering public key: (.*?)(?: explicit| agent)*$/.exec(line)?.[1];
    const method = /^debug1: Next authentication method: (password|keyboard-interactive|hostbased)$/.exec(
      line,
    )?.[1];
    const ticket = /^debug1: (Delegating credentials|Unspecified GSS failure)/.test(line)
      ? "gssapi-with-mic"
      : undefined;
    const byFile =
      method === undefined || method === "hostbased" ? method : `${method} (from the password file)`;
    return key ?? byFile ?? ticket ?? [];
  });
  return [...new Set(tried)];
}

function unusableIn(lines: readonly string[]): readonly string[] {
  const found = lines.flatMap(
    (line) => UNUSABLE.map((one) => one.exec(line)?.[1]).find((one) => one !== undefined) ?? [],
  );
  return [...new Set(found)].slice(0, 10);
}
