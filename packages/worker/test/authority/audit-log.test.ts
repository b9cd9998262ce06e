import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { GateFinding, OutcomeMessage } from "@roadrunner/core";
import { describe, expect, it } from "vitest";
import { AuditLog } from "../../src/authority/audit-log.ts";
import { file, folder, NOW, readWorkload } from "./ground.ts";

const root = folder();
const at = new Date(NOW);
const signer = { principal: "alice", fingerprint: "SHA256:x", plan: "0".repeat(64) };

function outcome(fields: Partial<OutcomeMessage> = {}): OutcomeMessage {
  return { v: 1, host: "db1", outcome: "ok", worker: "w1", stdout: "", stderr: "", ...fields };
}

function open(name: string): { readonly path: string; readonly log: AuditLog } {
  const path = join(root, name);
  const log = AuditLog.open(path);
  if (!log.ok) throw new Error(log.error);
  return { path, log: log.value };
}

const lines = (path: string) =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const task = { functionName: "rr-run", unique: "u", workload: readWorkload(), signer, login: "deploy" };

describe("the audit log", () => {
  it("tells who ran what where, as whom, with which outcome, to its owner only", () => {
    const { path, log } = open("audit");
    log.write({ ...task, outcome: outcome({ exitCode: 0, durationMs: 7 }) }, at);
    expect(lines(path)).toEqual([
      expect.objectContaining({
        time: "2026-11-24T09:16:12.000Z",
        principal: "alice",
        run: "20261124-091612-abcdefgh",
        job: "j",
        host: "db1",
        user: "deploy",
        command: "uptime",
        digest: createHash("sha256").update("uptime").digest("hex"),
        outcome: "ok",
        exitCode: 0,
        durationMs: 7,
      }),
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("tells whose a refused task is said to be apart from who is proven, and only where nobody is", () => {
    const { path, log } = open("claimed");
    const refused = outcome({ outcome: "refused", blame: "submission", reason: "altered" });
    const claimed = { principal: "alice", key: "SHA256:y", carrier: "SHA256:z", run: "r" };
    log.write({ functionName: "rr-run", unique: "u", outcome: refused, claimed }, at);
    log.write({ ...task, outcome: refused, claimed }, at);
    const [said, proven] = lines(path);
    expect(said).toMatchObject({ claimed });
    for (const field of ["principal", "key", "carrier", "run"]) expect(said).not.toHaveProperty(field);
    expect(proven).toMatchObject({ principal: "alice", key: "SHA256:x" });
    expect(proven).not.toHaveProperty("claimed");
  });

  it("goes on in a new file when the old one is moved away", () => {
    const { path, log } = open("rotated");
    log.write({ ...task, outcome: outcome() }, at);
    renameSync(path, `${path}.1`);
    log.write({ ...task, outcome: outcome({ outcome: "failed" }) }, at);
    expect(lines(`${path}.1`)).toMatchObject([{ outcome: "ok" }]);
    expect(lines(path)).toMatchObject([{ outcome: "failed" }]);
  });

  it("keeps what it cannot write, says why, and writes it as soon as it can", () => {
    const { path, log } = open("blocked");
    renameSync(path, `${path}.1`);
    mkdirSync(path);
    log.write({ ...task, outcome: outcome() }, at);
    expect(log.ready()).toMatch(/blocked cannot be written: it is a folder/);
    rmdirSync(path);
    expect(log.ready()).toBeUndefined();
    expect(lines(path)).toMatchObject([{ outcome: "ok" }]);
  });

  it("is refused when others may read it, or where it cannot be made", () => {
    const path = file(join(root, "open"), "");
    chmodSync(path, 0o644);
    expect(AuditLog.open(path)).toEqual({ ok: false, error: expect.stringContaining("chmod 600") as string });
    expect(AuditLog.open(join(root, "none", "audit")).ok).toBe(false);
  });

  it("counts a flood of what nobody signed, but tells each task that somebody did", () => {
    const { path, log } = open("flood");
    const refused = outcome({ outcome: "refused", blame: "submission", reason: "not signed" });
    const anonymous = { functionName: "rr-run", unique: "u", outcome: refused };
    for (let index = 0; index < 1000; index += 1) {
      log.write(anonymous, at);
      log.write({ ...task, outcome: refused }, at);
    }
    log.write(anonymous, new Date(NOW + 60_000));
    const written = lines(path);
    expect(written.filter(({ principal }) => principal === "alice")).toHaveLength(1000);
    expect(written).toHaveLength(1000 + 60 + 2);
    expect(written.at(-2)).toMatchObject({ refusedAlso: 940 });
  });

  const question = {
    gate: { name: "latency", run: "r", slot: 1, job: "j", ask: 3, client: "c", submission: "abcd1234" },
    timeoutMs: 1000,
    prometheus: { url: "http://prom/x?key=hidden", query: "up", token: "prom-token" },
  };
  const asked = { functionName: "rr-gate", unique: "u", refused: false, question, signer };

  it("tells what a gate asked and what came of it, without the query of its address", () => {
    const { path, log } = open("gates");
    const finding = (reading: object) => ({ v: 1, worker: "w1", reading }) as GateFinding;
    log.writeGate({ ...asked, finding: finding({ kind: "value", value: 0.5 }) }, at);
    log.writeGate({ ...asked, finding: finding({ kind: "none", reason: "no data" }) }, at);
    const same = {
      principal: "alice",
      ...{ run: "r", job: "j", gate: "latency", ask: 3 },
      ...{ url: "http://prom/x", query: "up", secrets: ["prom-token"] },
    };
    expect(lines(path)).toEqual([
      expect.objectContaining({ ...same, reading: "value", value: 0.5 }),
      expect.objectContaining({ ...same, reading: "none", reason: "no data" }),
    ]);
    expect(readFileSync(path, "utf8")).not.toContain("hidden");
  });

  it("does not grow by questions that nobody signed and that are refused", () => {
    const { path, log } = open("gate-flood");
    const finding = { v: 1, worker: "w1", reading: { kind: "none", reason: "refused" } } as const;
    const { question: _, signer: __, ...stranger } = asked;
    for (let count = 0; count < 500; count += 1) log.writeGate({ ...stranger, refused: true, finding }, at);
    expect(lines(path)).toHaveLength(60);
  });
});
