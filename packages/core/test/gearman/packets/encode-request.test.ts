import { types } from "gearman-packet";
import { expect, test } from "vitest";
import { encodeRequest } from "../../../src/gearman/packets/encode-request.ts";

test("without arguments it is a header alone", () => {
  expect(encodeRequest(types.GRAB_JOB_UNIQ, []).toString("latin1")).toBe("\0REQ\0\0\0\x1e\0\0\0\0");
});

test("a last argument has no NUL behind it", () => {
  expect(encodeRequest(types.CAN_DO, ["rr-run"]).toString("latin1")).toBe("\0REQ\0\0\0\x01\0\0\0\x06rr-run");
});

test("a NUL parts the arguments from the body, of which every byte stays", () => {
  const body = Buffer.from([0, 255, 0]);
  expect(encodeRequest(types.WORK_COMPLETE, ["H:1"], body).toString("latin1")).toBe(
    "\0REQ\0\0\0\x0d\0\0\0\x07H:1\0\0\xff\0",
  );
  expect(encodeRequest(types.WORK_COMPLETE, ["H:1"], Buffer.alloc(0)).toString("latin1")).toBe(
    "\0REQ\0\0\0\x0d\0\0\0\x04H:1\0",
  );
});

test("arguments count in bytes, not in characters", () => {
  expect(encodeRequest(types.SET_CLIENT_ID, ["é"]).readUInt32BE(8)).toBe(2);
});
