import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprintOf, type OperatorKey } from "@roadrunner/core/signing";
import { describe, expect, it } from "vitest";
import { certified, keyOfKind, keyText } from "../../../core/test/signing/certificates.ts";
import { Authority } from "../../src/authority/authority.ts";
import {
  alice,
  bob,
  file,
  folder,
  newSigner,
  nobody,
  NOW,
  opener,
  refused,
  RUN,
  signedBy,
  signerOf,
  uniqueFor,
  workload,
  type TestSigner,
} from "./ground.ts";

const root = folder();
const open = opener(root);

describe("a worker that takes only what is signed", () => {
  it("takes a task of one who may, and knows whose it is", async () => {
    const taken = open().authority.task(await signedBy(alice, workload()), NOW, nobody);
    expect(taken).toMatchObject({
      ok: true,
      value: { value: { host: "db1" }, signer: { principal: "alice" } },
    });
  });

  it("refuses a workload by hand, by the submission's fault", () => {
    const message = { text: '{"host":"db1","command":"id"}', functionName: "rr-run", unique: "u" };
    expect(open().authority.task(message, NOW, nobody)).toEqual(
      refused(/not signed/, { blame: "submission" }),
    );
  });

  it.each([
    ["another host", { host: "db2" }],
    ["another attempt", { task: { ...workload().task!, attempt: 2 } }],
    [
      "another place of its stage",
      { host: "lb2", task: { ...workload().task!, stage: "drain", target: "db1" } },
    ],
    ["another submission", { task: { ...workload().task!, submission: "zzzz9999" } }],
  ])("refuses what was signed for %s than its unique says", async (_, fields) => {
    const message = await signedBy(alice, { ...workload(), ...fields }, uniqueFor(workload()));
    expect(open().authority.task(message, NOW, nobody)).toEqual(refused(/another task/));
  });

  it("refuses a task of a run that the certificate is not for, and one of no run", async () => {
    const other = workload({ task: { ...workload().task!, run: "20261124-000000-zzzzzzzz" } });
    const { authority } = open();
    expect(authority.task(await signedBy(alice, other), NOW, nobody)).toEqual(refused(/another run/));
    const byHand = { v: 1 as const, host: "db1", command: "uptime" };
    expect(authority.task(await signedBy(alice, byHand, "u"), NOW, nobody)).toEqual(refused(/names no task/));
  });

  const kinds = (["once", "repeatable"] as const).flatMap((delivery) =>
    (["run", "kill", "withdraw"] as const).map((order) => [delivery, order] as const),
  );
  it.each(kinds)("takes each submission once: %s, %s", async (delivery, order) => {
    const { authority } = open();
    const task = { ...workload().task!, order };
    const message = await signedBy(alice, workload({ delivery, task }));
    expect(authority.task(message, NOW, nobody).ok).toBe(true);
    expect(authority.task(message, NOW, nobody)).toEqual(refused(/replayed/, { notTaken: "replayed" }));
    const fresh = { ...task, submission: "zzzz9999" };
    expect(authority.task(await signedBy(alice, workload({ delivery, task: fresh })), NOW, nobody).ok).toBe(
      true,
    );
  });

  it("takes a submission although another signer had one of its name taken", async () => {
    const { authority } = open();
    expect(authority.task(await signedBy(bob, workload()), NOW, nobody).ok).toBe(true);
    expect(authority.task(await signedBy(alice, workload()), NOW, nobody).ok).toBe(true);
  });

  it("takes nothing that is older than itself", async () => {
    const { authority } = open();
    expect(authority.task(await signedBy(alice, workload()), NOW + 60_000, nobody)).toEqual(
      refused(/older than this worker/, { notTaken: "older" }),
    );
  });

  it("takes nothing that has expired, and says so to who may ask again", async () => {
    const message = await signedBy(alice, workload());
    expect(open().authority.task(message, NOW + 21 * 60_000, nobody)).toEqual(
      refused(/expired/, { notTaken: "expired" }),
    );
  });

  it("takes nothing more of one who is struck from the file, at once", async () => {
    const { authority, path } = open();
    expect(authority.task(await signedBy(alice, workload()), NOW, nobody).ok).toBe(true);
    writeFileSync(path, bob.line);
    expect(authority.task(await signedBy(alice, workload({}, "zzzz9999")), NOW, nobody)).toEqual(
      refused(/not among the allowed signers/),
    );
    expect(authority.task(await signedBy(bob, workload()), NOW, nobody).ok).toBe(true);
  });

  it("takes nothing more of one who is revoked, at once, and of nobody while that file is faulty", async () => {
    const revokedSigners = file(join(root, "revoked"), "# nobody\n");
    const { path: allowedSigners } = open();
    const opened = Authority.open({ allowedSigners, revokedSigners, hosts: "all", users: "all" });
    if (!opened.ok) throw new Error(opened.error.join("\n"));
    const takes = async (by: TestSigner) =>
      opened.value.task(await signedBy(by, workload({}, randomBytes(4).toString("hex"))), NOW, nobody);
    expect((await takes(alice)).ok).toBe(true);
    writeFileSync(revokedSigners, alice.line.replace("alice ", ""));
    expect(await takes(alice)).toEqual(refused(/^the key SHA256:\S+ is revoked$/, { blame: "submission" }));
    expect((await takes(bob)).ok).toBe(true);
    writeFileSync(revokedSigners, "nonsense\n");
    expect(await takes(bob)).toEqual(
      refused(/cannot check a signature: .*revoked: line 1: it is no public key/, { blame: "worker" }),
    );
    rmSync(revokedSigners);
    expect(await takes(bob)).toEqual(refused(/cannot check a signature: .*revoked/, { blame: "worker" }));
  });

  it("has nobody to revoke where nobody need sign", () => {
    const revokedSigners = file(join(root, "revoked-alone"), "");
    expect(Authority.open({ revokedSigners, hosts: "all", users: "all" })).toEqual({
      ok: false,
      error: ["--revoked-signers takes out of --allowed-signers, which is not given"],
    });
  });

  it("takes nothing while the file has a bad line, and blames itself", async () => {
    const { authority, path } = open();
    writeFileSync(path, `${alice.line}nonsense\n`);
    const message = await signedBy(alice, workload());
    expect(authority.task(message, NOW, nobody)).toEqual(
      refused(/cannot check a signature: .*signers-\d+: line 2/, { blame: "worker" }),
    );
    writeFileSync(path, alice.line);
    expect(authority.task(message, NOW, nobody).ok).toBe(true);
  });
});

describe("whose a task is that a certificate speaks for", () => {
  const authority = keyOfKind("ed25519");
  const line = `deploy cert-authority ${keyText(authority.publicBlob)}\n`;
  const [one, two] = [keyOfKind("ed25519"), keyOfKind("ed25519")];
  const ownerBy = async (key: OperatorKey, serial: bigint) => {
    const operator = await certified(key, authority, { principals: ["deploy"], serial });
    const taken = open(undefined, line).authority.task(
      await signedBy(signerOf(operator, line), workload()),
      NOW,
      nobody,
    );
    if (!taken.ok) throw new Error(taken.error.reason);
    return { owner: taken.value.value.owner, serial: taken.value.signer?.certificate?.serial };
  };

  it("goes by its key: not by a name that many share, nor by the certificate, which is renewed", async () => {
    const first = await ownerBy(one, 1n);
    expect(first).toEqual({ owner: `deploy ${fingerprintOf(one.publicBlob)}`, serial: "1" });
    expect(await ownerBy(one, 2n)).toEqual({ ...first, serial: "2" });
    expect((await ownerBy(two, 1n)).owner).toBe(`deploy ${fingerprintOf(two.publicBlob)}`);
  });

  it("is told with the certificate where the policy refuses", async () => {
    const policy = { rules: [{ principals: "alice", hosts: "*", users: "*" }] };
    const operator = await certified(one, authority, { principals: ["deploy"], keyId: "carol's" });
    const message = await signedBy(signerOf(operator, line), workload());
    expect(open(policy, line).authority.task(message, NOW, nobody)).toEqual(
      refused(
        /^no rule of the policy is for deploy \(certificate "carol's" \(serial 7, authority SHA256:\S+\)\)$/,
      ),
    );
  });
});

describe("control messages", () => {
  it("are taken from nobody in particular where they only ask how the worker stands", () => {
    const message = { text: '{"type":"status","v":1}', functionName: "rr-control.w1", unique: "u" };
    expect(open().authority.control(message, NOW)).toEqual({
      ok: true,
      value: { value: { type: "status" } },
    });
  });

  const control = async (by: TestSigner, body: object, run = RUN) => {
    const to = { function: "rr-control.w1", unique: "control-1" };
    return {
      text: await by.sign("control", to, JSON.stringify(body), run),
      functionName: to.function,
      unique: to.unique,
    };
  };
  const kill = { type: "kill", v: 1, run: RUN, client: "c-1" };

  it("are taken of one who may, for the run that was signed for", async () => {
    const { authority } = open();
    expect(authority.control(await control(alice, kill), NOW)).toMatchObject({
      ok: true,
      value: { value: { type: "kill" } },
    });
    const other = { ...kill, run: "20261124-000000-zzzzzzzz" };
    expect(authority.control(await control(alice, other), NOW)).toEqual(refused(/another run/));
  });

  it("are refused unsigned, and for another worker", async () => {
    const { authority } = open();
    const message = await control(alice, kill);
    expect(authority.control({ ...message, text: JSON.stringify(kill) }, NOW)).toEqual(refused(/not signed/));
    expect(authority.control({ ...message, functionName: "rr-control.w2" }, NOW)).toEqual(
      refused(/signed for rr-control.w1/),
    );
  });

  it("are taken once", async () => {
    const { authority } = open();
    const message = await control(alice, kill);
    expect(authority.control(message, NOW).ok).toBe(true);
    expect(authority.control(message, NOW)).toEqual(refused(/replayed/));
  });

  it("meet only tasks of the same principal and key, though another names the same run and client", async () => {
    const other = newSigner("alice");
    const { authority } = open(undefined, alice.line + bob.line + other.line);
    const task = authority.task(await signedBy(alice, workload()), NOW, nobody);
    const clientOf = async (by: TestSigner) => {
      const taken = authority.control(await control(by, kill), NOW);
      return taken.ok && taken.value.value.type === "kill" ? taken.value.value.client : undefined;
    };
    const own = task.ok ? task.value.value.task?.client : "";
    expect(await clientOf(alice)).toBe(own);
    expect(await clientOf(bob)).not.toBe(own);
    expect(await clientOf(other)).not.toBe(own);
    expect(task).toMatchObject({
      value: { value: { owner: expect.stringMatching(/^alice SHA256:/) as string } },
    });
  });
});

describe("a worker that needs no signatures", () => {
  it("takes a workload by hand, and the body of a signed one", async () => {
    const authority = Authority.none();
    const message = { text: '{"host":"db1","command":"id"}', functionName: "rr-run", unique: "u" };
    expect(authority.task(message, NOW, nobody)).toMatchObject({
      ok: true,
      value: { value: { host: "db1" } },
    });
    const signed = authority.task(await signedBy(alice, workload()), NOW, nobody);
    expect(signed).toMatchObject({ ok: true, value: { value: { task: { client: "c-1" } } } });
    expect(signed.ok && signed.value.signer).toBeUndefined();
  });
});

describe("files that cannot serve", () => {
  it("are all named, with file and line", () => {
    const signers = file(join(root, "bad-signers"), "alice\n");
    const policy = file(join(root, "bad-policy"), '{"rules":[{"principals":"a","hosts":"db[","users":"*"}]}');
    const opened = Authority.open({ allowedSigners: signers, policy, hosts: "all", users: "all" });
    expect(opened.ok ? [] : opened.error).toEqual([
      expect.stringContaining("bad-signers: line 1:") as string,
      expect.stringContaining("bad-policy: rule 1: hosts:") as string,
    ]);
  });

  it("are named when they are missing, and a policy needs signers", () => {
    const missing = Authority.open({ allowedSigners: join(root, "none"), hosts: "all", users: "all" });
    expect(missing).toEqual({ ok: false, error: [expect.stringContaining("ENOENT") as string] });
    const policy = file(join(root, "policy"), '{"rules":[]}');
    expect(Authority.open({ policy, hosts: "all", users: "all" }).ok).toBe(false);
  });
});
