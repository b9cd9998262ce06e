import { expect, it } from "vitest";
import { auditLines, refusalsIn } from "./refusals.ts";

const line = (fields: object): string => JSON.stringify({ time: "t", outcome: "refused", ...fields });

it("an audit log tells of what was refused that is right, and of nothing else", () => {
  const audit = [
    line({ outcome: "ok", job: "j", host: "h1" }),
    line({
      blame: "submission",
      job: "j",
      host: "h1",
      reason: "replayed: this worker has taken this submission before",
    }),
    line({ blame: "worker", reason: "cannot check a signature" }),
    line({ blame: "submission", job: "j", host: "h2", reason: "it was signed for another task" }),
    line({ blame: "submission", reason: "it is not signed, and this worker takes only signed messages" }),
    "",
  ].join("\n");
  expect(refusalsIn(audit)).toEqual([
    "refused: j on h2 at t: it was signed for another task",
    "refused: something on a host at t: it is not signed, and this worker takes only signed messages",
  ]);
});

it("an audit log of one who was killed as he wrote is read on", () => {
  const whole = line({ outcome: "ok" });
  expect(auditLines(`${whole}\n${whole.slice(0, 20)}${whole}\n${whole.slice(0, 9)}`)).toHaveLength(2);
});
