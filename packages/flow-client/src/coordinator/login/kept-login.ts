import { loggedInSchema, type LoggedIn } from "@roadrunner/engine/api";

const VERSION = 1;

/** What may stand in a header: a token that a stranger made up must not bring another one. */
const TOKEN = /^[\w.~+/-]{1,512}={0,2}$/;

/** A login that this user has with a coordinator, as his box keeps it. */
export interface KeptLogin extends LoggedIn {
  /** As `https://host:port`: the token is for nobody else, and for no other scheme. */
  readonly server: string;
  /** Of the key or certificate that logged in, `SHA256:…`. */
  readonly key: string;
}

/** What a login must be, to serve now. */
export interface WantedLogin {
  readonly server: string;
  /** Of the key that is given now; absent: any will do. */
  readonly key?: string | undefined;
  /** Absent: any will do. */
  readonly principal?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Undefined: it is damaged, or of another version. */
export function readKeptLogin(text: string): KeptLogin | undefined {
  const value = parsed(text);
  const login = loggedInSchema.safeParse(value);
  const { v, server, key } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!login.success || v !== VERSION || !isToken(login.data.token)) return undefined;
  return typeof server === "string" && typeof key === "string" ? { ...login.data, server, key } : undefined;
}

export function writtenLogin(login: KeptLogin): string {
  return `${JSON.stringify({ v: VERSION, ...login })}\n`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether it serves: for this server, by this key, as this principal, and still. */
export function serves(kept: KeptLogin, { server, key, principal, nowMs }: WantedLogin): boolean {
  return (
    kept.server === server &&
    (key === undefined || kept.key === key) &&
    (principal === undefined || kept.principal === principal) &&
    Date.parse(kept.expires) > nowMs
  );
}
