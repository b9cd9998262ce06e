import { describe, expect, it } from "vitest";
import type { WorkerLinkState } from "@roadrunner/core/gearman";
import { ServerNews } from "../../../src/daemon/life/server-news.ts";

type State = WorkerLinkState["state"];

const a = { host: "10.0.0.1", port: 4730 };
const b = { host: "10.0.0.2", port: 4730 };
const dialled = (server: typeof a, attempt: number, reason?: string): State => ({
  type: "connecting",
  server,
  attempt,
  ...(reason === undefined ? {} : { lastError: `${server.host}:${server.port}: ${reason}` }),
});
const up = (server: typeof a): State => ({ type: "up", server });
const down = (server: typeof a, reason: string): State => ({ type: "down", server, reason });

/** What is told of one server's changes, as a log line reads. */
function told(server: typeof a, states: readonly State[], news = new ServerNews()): readonly string[] {
  return states.flatMap((state) => {
    const line = news.of({ server, state });
    return line === undefined
      ? []
      : [`${line.level} ${line.message} | ${line.server} | ${line.reason ?? ""}`];
  });
}

describe("news of a job server", () => {
  it("that is not reached are told once, with address and reason, and then that it is", () => {
    const states = [
      dialled(a, 1),
      dialled(a, 2, "connect ECONNREFUSED"),
      dialled(a, 3, "connect ETIMEDOUT"),
      up(a),
    ];
    expect(told(a, states)).toEqual([
      "warn cannot reach the job server; it is dialled again and again | 10.0.0.1:4730 | connect ECONNREFUSED",
      "info reached the job server | 10.0.0.1:4730 | ",
    ]);
  });

  it("that is lost are told once, with its reason, and then that it is back", () => {
    const lost = [
      down(a, "the server closed the connection"),
      dialled(a, 1, "the server closed the connection"),
    ];
    const states = [dialled(a, 1), up(a), ...lost, dialled(a, 2, "connect ECONNREFUSED"), up(a)];
    expect(told(a, states)).toEqual([
      "info reached the job server | 10.0.0.1:4730 | ",
      "warn lost the job server; it is dialled again | 10.0.0.1:4730 | the server closed the connection",
      "info the job server is back | 10.0.0.1:4730 | ",
    ]);
  });

  it("are none where the worker leaves by itself", () => {
    expect(told(a, [{ type: "idle" }, dialled(a, 1), { type: "closed" }])).toEqual([]);
  });

  it("are of each server by itself", () => {
    const news = new ServerNews();
    expect(told(a, [dialled(a, 1), dialled(a, 2, "no route")], news)).toHaveLength(1);
    expect(told(b, [dialled(b, 1), dialled(b, 2, "no route")], news)).toHaveLength(1);
    expect(told(a, [dialled(a, 3, "no route")], news)).toHaveLength(0);
  });
});
