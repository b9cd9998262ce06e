import { expect, test } from "vitest";
import {
  endsTable,
  parseStatus,
  parseVersion,
  parseWorkers,
  tableLines,
} from "../../../src/gearman/admin/admin-text.ts";

test("a table is complete with the line of its dot", () => {
  const text = "rr-run\t3\t1\t2\nrr-control.box.1\t0\t0\t1\n.\n";
  for (let cut = 0; cut < text.length; cut += 1) expect(endsTable(text.slice(0, cut))).toBe(false);
  for (const whole of [text, ".\n", "a\r\n.\r\n"]) expect(endsTable(whole)).toBe(true);
  expect(endsTable("a.\n")).toBe(false);
  expect(tableLines(text)).toEqual(["rr-run\t3\t1\t2", "rr-control.box.1\t0\t0\t1"]);
  expect(tableLines(".\n")).toEqual([]);
  expect(tableLines("a\r\n.\r\n")).toEqual(["a"]);
});

test("status and workers: names of others, with tabs, newlines, a lone dot or nothing in them, hide no row", () => {
  // As gearmand 1.1.20 prints them.
  const status =
    "\t0\t0\t1\n\nrr-fun\t0\t0\t1\nsp ace\t0\t0\t1\ne\n.\nf\t0\t0\t1\na\tb\t0\t0\t1\nrr-run\t2\t1\t3\n.\t0\t0\t1\n.\n";
  expect(endsTable(status)).toBe(true);
  expect(parseStatus(tableLines(status))).toMatchObject({
    ok: true,
    value: expect.arrayContaining([
      { name: "rr-run", queued: 1, running: 1, workers: 3 },
      { name: "a\tb", queued: 0, running: 0, workers: 1 },
      { name: "", queued: 0, running: 0, workers: 1 },
    ]) as unknown,
  });
  const workers = "37 127.0.0.1 an id with\nnew line : x . e\n.\nf c\nd \n38 127.0.0.1 box1 : rr-run\n.\n";
  expect(parseWorkers(tableLines(workers))).toEqual({
    ok: true,
    value: [{ fd: 38, address: "127.0.0.1", clientId: "box1", functions: ["rr-run"] }],
  });
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
