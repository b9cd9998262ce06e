import { expect, test } from "vitest";
import { parseStatus, parseVersion, parseWorkers, tableLines } from "../../src/gearman/admin-text.ts";

test("a table is complete with the line of its dot", () => {
  const text = "rr-run\t3\t1\t2\nrr-control.box.1\t0\t0\t1\n.\n";
  for (let cut = 0; cut < text.length; cut += 1) expect(tableLines(text.slice(0, cut))).toBeUndefined();
  expect(tableLines(text)).toEqual(["rr-run\t3\t1\t2", "rr-control.box.1\t0\t0\t1"]);
  expect(tableLines(".\n")).toEqual([]);
  expect(tableLines("a\r\n.\r\n")).toEqual(["a"]);
});

test("status: what is running is not queued", () => {
  expect(parseStatus(["rr-run\t7\t3\t2", "a b\t0\t0\t0"])).toEqual({
    ok: true,
    value: [
      { name: "rr-run", queued: 4, running: 3, workers: 2 },
      { name: "a b", queued: 0, running: 0, workers: 0 },
    ],
  });
});

test.each(["rr-run\t7\t3", "rr-run 7 3 2", "rr-run\t7\t3\tmany", "<html>", ""])(
  "status: %j is garbage",
  (line) => {
    expect(parseStatus([line])).toEqual({
      ok: false,
      error: `not a row of a status: ${JSON.stringify(line)}`,
    });
  },
);

test("workers: clients have no functions, ids may be missing", () => {
  expect(parseWorkers(["31 127.0.0.1 box1-42 : rr-run rr-run.dmz", "32 ::1 - :"])).toEqual({
    ok: true,
    value: [
      { fd: 31, address: "127.0.0.1", clientId: "box1-42", functions: ["rr-run", "rr-run.dmz"] },
      { fd: 32, address: "::1", clientId: "-", functions: [] },
    ],
  });
  expect(parseWorkers(["x 127.0.0.1 - :"])).toMatchObject({ ok: false });
});

test("version: of gearmand, of the Perl server, and none", () => {
  expect(parseVersion("OK 1.1.20")).toEqual({ ok: true, value: "1.1.20" });
  expect(parseVersion("v1.130.1")).toEqual({ ok: true, value: "1.130.1" });
  expect(parseVersion("ERR UNKNOWN_COMMAND")).toMatchObject({ ok: false });
});
