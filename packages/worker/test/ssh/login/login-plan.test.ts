import { expect, test } from "vitest";
import type { Identity } from "../../../src/ssh/login/identities.ts";
import { loginProblem, type LoginRefusal } from "../../../src/ssh/login/login-message.ts";
import { LoginPlan } from "../../../src/ssh/login/login-plan.ts";

const METHODS = ["publickey", "keyboard-interactive", "password"] as const;
const key = (label: string): Identity => ({ label, fingerprint: label, algorithms: ["ssh-ed25519"] });

function names(plan: LoginPlan, taken: readonly string[]): string[] {
  const found: string[] = [];
  for (let next = plan.next(null); next !== undefined; next = plan.next(taken))
    found.push(next.method === "publickey" ? next.identity.label : next.method);
  return found;
}

test("asks what is taken, then keys in order, then the password, as far as the server takes them", () => {
  const plan = () => new LoginPlan(METHODS, [key("a"), key("b")], true);
  expect(names(plan(), ["publickey", "password", "keyboard-interactive"])).toEqual([
    "none",
    "a",
    "b",
    "keyboard-interactive",
    "password",
  ]);
  expect(names(plan(), ["password"])).toEqual(["none", "password"]);
  expect(names(plan(), ["publickey", "gssapi-with-mic"])).toEqual(["none", "a", "b"]);
  expect(names(plan(), [])).toEqual(["none"]);
  expect(names(new LoginPlan(METHODS, [key("a")], false), ["publickey", "password"])).toEqual(["none", "a"]);
});

test("what the server takes after a first half of the login is what is tried next", () => {
  const plan = new LoginPlan(METHODS, [key("a"), key("b")], true);
  plan.next(null);
  plan.next(["publickey"]);
  expect(plan.next(["password"])).toEqual({ method: "password" });
  expect(plan.next(["publickey"])).toMatchObject({ identity: { label: "b" } });
  expect(plan.next(undefined)).toBeUndefined();
  expect(plan.tried).toHaveLength(3);
});

test("what was taken as a first half is known as such; what was not made is not", () => {
  const plan = new LoginPlan(METHODS, [key("a"), key("b"), key("c")], true);
  plan.next(null);
  plan.next(["publickey"]);
  plan.next(["publickey", "password"], true);
  expect(plan.accepted).toMatchObject([{ identity: { label: "a" } }]);
  // The agent did not sign with b, and the last answer is still the one about a.
  plan.notSigned();
  plan.next(["publickey", "password"], true);
  plan.passOver(key("c"), "no");
  plan.next(["publickey", "password"], true);
  expect(plan.accepted).toHaveLength(1);
  expect(plan.passedOver).toEqual(["c: no"]);
  expect(plan.tried.map((one) => (one.method === "publickey" ? one.identity.label : one.method))).toEqual([
    "a",
    "b",
    "password",
  ]);
});

test("keys that had no turn are left for another connection; a withheld password is not tried", () => {
  const plan = new LoginPlan(METHODS, [key("a"), key("b"), key("c")], true);
  plan.next(null);
  plan.withholdPassword();
  plan.next(["publickey", "password"]);
  expect(plan.identitiesLeft.map(({ label }) => label)).toEqual(["b", "c"]);
  plan.next(["password"]);
  expect(plan.tried.map(({ method }) => method)).toEqual(["publickey"]);
});

const refusal: LoginRefusal = {
  where: "db1 (db1 port 22)",
  user: "root",
  tried: [{ method: "publickey", identity: key("/k") }, { method: "password" }],
  taken: ["publickey", "password"],
  identities: { usable: [key("/k")], unusable: ["/l: is encrypted"], ownFault: false },
  unsigned: [],
  passedOver: [],
  accepted: [],
};

test("a refused login names all that was tried, and what could not be", () => {
  expect(loginProblem({ ...refusal, lastWord: "Too many authentication failures" })).toEqual({
    reason: "authentication",
    blame: "host",
    noRetry: true,
    message:
      "db1 (db1 port 22) refused the login as root: tried /k, password (from the password file); " +
      'not usable: /l: is encrypted; it takes publickey, password; it ended with "Too many authentication failures"; ' +
      "is the public key in the authorized_keys of root there?",
  });
});

test("a server that takes no keys is not asked for authorized_keys", () => {
  const { message } = loginProblem({ ...refusal, taken: ["password"] });
  expect(message).toContain("keys are not taken there");
  expect(message).not.toContain("authorized_keys");
});

test("a key that was taken is told as such, with what is wanted besides", () => {
  const tried = [{ method: "publickey", identity: key("/k") }] as const;
  const half = { ...refusal, tried, accepted: tried, taken: ["keyboard-interactive"] };
  const found = loginProblem({ ...half, noPassword: "no password file is given" });
  expect(found).toMatchObject({ reason: "authentication", blame: "host", noRetry: true });
  expect(found.message).toBe(
    "db1 (db1 port 22) took /k of root and wants a further factor: keyboard-interactive; not usable: " +
      "/l: is encrypted; no password file is given; let this worker in by a key alone (AuthenticationMethods " +
      "there), or give --ssh-password-file where the factor is a password",
  );
  const password = { method: "password" } as const;
  expect(loginProblem({ ...half, tried: [...tried, password], taken: ["password"] }).message).toContain(
    "it refused password (from the password file)",
  );
  expect(loginProblem({ ...half, noPassword: "ENOENT", passwordUnread: true }).blame).toBe("worker");
});

test("nothing to show, or an agent that does not sign, is the worker's fault", () => {
  const nothing = { ...refusal, tried: [], identities: { usable: [], unusable: [], ownFault: false } };
  expect(loginProblem({ ...nothing, noPassword: "no password file is given" })).toMatchObject({
    reason: "local",
    blame: "worker",
    noRetry: false,
    message: expect.stringContaining("; no password file is given; give --identity") as string,
  });
  const tried = [{ method: "publickey", identity: key("/k") }] as const;
  expect(loginProblem({ ...refusal, tried, unsigned: ["/k: ssh-agent did not sign"] })).toMatchObject({
    reason: "local",
    blame: "worker",
  });
});

test("a refusal is the worker's fault where a file is lacking that its own options name", () => {
  const ownFault = { ...refusal.identities, ownFault: true };
  const worker = { reason: "local", blame: "worker", noRetry: false };
  expect(loginProblem({ ...refusal, identities: ownFault })).toMatchObject({
    ...worker,
    message: expect.stringContaining(
      "a file named in the worker's options cannot be used: mend the file",
    ) as string,
  });
  const noPassword = "ENOENT: no such file";
  expect(loginProblem({ ...refusal, noPassword, passwordUnread: true })).toMatchObject(worker);
  const taken = ["publickey"];
  expect(loginProblem({ ...refusal, noPassword, passwordUnread: true, taken }).blame).toBe("host");
});
