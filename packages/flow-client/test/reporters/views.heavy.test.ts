import { describe, expect, it } from "vitest";
import { usualCpuMs } from "../../../../test/support/slowness.ts";
import { fileViews, terminalViews } from "./every-view.ts";
import { hostNames, madeRun, type MadeEnd } from "./made-run.ts";

describe("100,000 events", () => {
  // 33,000 hosts: asked, started, ended, with a few lines of output each, one of ten of them different.
  const end = (host: string, index: number): MadeEnd =>
    index % 100 === 7
      ? { outcome: "failed", reason: "exit code 1", stderr: `E: no such unit on ${host}\n` }
      : { stdout: `stopping\nstarting\n${index % 10 === 3 ? host : "done"}\n` };
  const events = madeRun([[{ name: "restart", hosts: hostNames("fe", 33_334), need: 0, window: 1000, end }]]);

  it.each([...Object.entries(terminalViews), ...Object.entries(fileViews)])(
    "go through %s in under 5 s of processor time",
    (_, view) => {
      expect(events.length).toBeGreaterThan(100_000);
      const { value, cpuMs } = usualCpuMs(() => view(events).length, 5000);
      expect(value).toBeGreaterThan(100);
      expect(cpuMs).toBeLessThan(5000);
    },
    60_000,
  );
});
