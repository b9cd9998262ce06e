import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { digestOf } from "../../packages/worker/src/program/record.ts";
import type { RemoteTask } from "../../packages/worker/src/program/remote-task.ts";
import type { LocalEnd, LocalRun } from "../../packages/worker/test/program/local-shell.ts";
import { remoteTask } from "../../packages/worker/test/program/task.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { deliverTask, type Shell } from "./local-programs.ts";

export const KEY = "abcdefghijklmnopqrstuvwxyz";

export let dir: string;

/** Called by a test file: each test has a new record directory. */
export function useRecordDir(): void {
  let temp: TempDir;
  beforeEach(() => {
    temp = makeTempDir("record");
    dir = temp.path;
  });
  afterEach(() => {
    temp.remove();
  });
}

export function onceTask(fields: Partial<RemoteTask> = {}): RemoteTask {
  return remoteTask({ delivery: "once", onDisconnect: "finish", recordKey: KEY, recordDir: dir, ...fields });
}

export function deliver(shell: Shell, fields: Partial<RemoteTask> = {}): LocalRun {
  return deliverTask(shell, onceTask(fields));
}

/** What it said after its start mark and its claim, without the heartbeats. */
export function said(end: LocalEnd): string[] {
  return (
    end.marks
      // Where it was withdrawn, and how old that is, differs.
      .map(({ word, args }) => (word === "withdrawn" ? word : [word, ...args].join(" ")))
      .filter((text) => !/^(hello|start|claimed|wait)/.test(text))
  );
}

export const record = (attempt = 1): string => readFileSync(join(dir, `${KEY}.${attempt}`), "utf8");
export const starts = (): number =>
  readdirSync(dir).includes("starts") ? readFileSync(join(dir, "starts"), "utf8").length : 0;
export const count = (more: string): string => `printf x >>${dir}/starts; ${more}`;
export const BOOT = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
/** When the first process of this container was started. */
export const CONTAINER =
  readFileSync("/proc/1/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")[19] ?? "";
export const uptimeTicks = (): number => Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 100;
export const HOSTNAME = readFileSync("/proc/sys/kernel/hostname", "utf8").trim();

/** A record as some earlier delivery left it. */
export function recordText(
  fields: {
    first?: string;
    command?: string;
    boot?: string;
    pid?: number;
    hostname?: string;
  } = {},
): string {
  const { first = "running", command = "true", boot = BOOT, pid = 1, hostname = HOSTNAME } = fields;
  const digest = digestOf(onceTask({ command }));
  return `${first}\nc 1 nonce ${boot} ${pid} 999999999 ${pid} ${digest} ${hostname} .\n`;
}

/** A condition whose file may not be there yet. */
export async function waitFor(condition: () => boolean): Promise<void> {
  await until("the condition", () => {
    try {
      return condition();
    } catch {
      return false;
    }
  });
}
