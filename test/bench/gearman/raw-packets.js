import { Buffer } from "node:buffer";

/** Gearman's binary protocol and no more of it than null jobs need: the floor must carry nothing. */
export const TYPE = {
  CAN_DO: 1,
  PRE_SLEEP: 4,
  NOOP: 6,
  SUBMIT_JOB: 7,
  NO_JOB: 10,
  WORK_COMPLETE: 13,
  GRAB_JOB_UNIQ: 30,
  JOB_ASSIGN_UNIQ: 31,
};

export function packet(type, text = "") {
  const bytes = Buffer.alloc(12 + Buffer.byteLength(text, "latin1"));
  bytes.write("\0REQ", "latin1");
  bytes.writeUInt32BE(type, 4);
  bytes.writeUInt32BE(bytes.length - 12, 8);
  bytes.write(text, 12, "latin1");
  return bytes;
}

/**
 * Calls `take(type, data)` for each packet that the socket brings. What it writes meanwhile goes out in one piece, as
 * the adapter does: a floor that makes a system call for each packet would be none.
 */
export function onPackets(socket, take) {
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    socket.cork();
    while (rest.length - at >= 12) {
      const end = at + 12 + rest.readUInt32BE(at + 8);
      if (rest.length < end) break;
      take(rest.readUInt32BE(at + 4), rest.subarray(at + 12, end));
      at = end;
    }
    socket.uncork();
    rest = rest.subarray(at);
  });
}
