import { describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { runSubmit, startWorker } from "../support/processes.ts";

failOnLeftovers();

it("says what its signals do: a second one kills what would end with it, and leaves the rest alone", async () => {
  const worker = startWorker(["--help"]);
  expect((await worker.exited).code).toBe(0);
  const text = worker.stdout().replaceAll(/\s+/g, " ");
  expect(text).toContain("SIGTERM or SIGINT: take nothing new, finish what runs, then leave.");
  expect(text).toContain(
    "`once` commands keep running on their hosts, for another worker to wait for, attached ones are killed.",
  );
});

it("takes no single value twice", async () => {
  const worker = startWorker(["--concurrency", "3", "--concurrency", "5"]);
  expect((await worker.exited).code).toBe(2);
  expect(worker.output()).toBe("rr-worker: --concurrency was given twice; give it once\n");
});

describe("a file that does not do, or the form of one on the hosts: exit 2, before anything is started", () => {
  it.each([
    ["--ssh-config", "/nowhere/config", "/nowhere/config does not exist; name one that does"],
    ["--known-hosts", "/etc", "/etc is a folder; name a file"],
    ["--secrets-dir", "/etc/passwd", "/etc/passwd is not a folder; name one"],
    ["--record-dir", "r", '"r" is not absolute; it is a folder on the hosts, and begins with /'],
  ])("%s %s, of rr-worker and of rr-submit --local", async (option, path, fault) => {
    const worker = startWorker([option, path]);
    expect((await worker.exited).code).toBe(2);
    expect(worker.output()).toBe(`rr-worker: ${option}: ${fault}\n`);
    const submit = await runSubmit(["flow.json", "--local", option, path]);
    expect(submit).toMatchObject({ code: 2, stderr: `${option}: ${fault}\n`, stdout: "" });
  });

  it("a variable in the environment is named as such", async () => {
    const worker = startWorker([], { env: { RR_IDENTITY: "/nowhere/key" } });
    expect((await worker.exited).code).toBe(2);
    expect(worker.output()).toBe("rr-worker: RR_IDENTITY: /nowhere/key does not exist; name one that does\n");
  });
});
