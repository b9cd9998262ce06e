import { request } from "node:http";
import { API, type HandOver } from "@roadrunner/engine/api";
import { planDigest } from "@roadrunner/engine";
import type { RunPlan } from "@roadrunner/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../support/free-port.ts";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import { CoordinatorKit, handOverOf, planOf } from "./kit.ts";

failOnLeftovers();

const HOSTS = 60_000;
/** Where reading holds everybody up it is one, which came just before. */
const MANY = 10;

let kit: CoordinatorKit;
beforeAll(async () => {
  // Nobody listens there: what is handed over waits.
  kit = await CoordinatorKit.start(["--servers", `127.0.0.1:${await findFreePort()}`]);
});
afterAll(async () => {
  await kit.stop();
});

function largePlan(job: object): RunPlan {
  const plan = planOf({ name: "large", slots: [{ jobs: [{ name: "a", hosts: "h1", command: "true" }] }] });
  const hosts = Array.from({ length: HOSTS }, (_, at) => ({
    name: `h${at}`,
    labels: { rack: `r${at % 50}` },
  }));
  return {
    ...plan,
    slots: plan.slots.map((slot) => ({ ...slot, jobs: slot.jobs.map((one) => ({ ...one, hosts, ...job })) })),
  };
}

/** Hands it over, and asks for the list of runs again and again from when all of it has been sent. */
async function handOver(given: HandOver) {
  const text = JSON.stringify(given);
  const over = { yet: false };
  let sent = (): void => undefined;
  const isSent = new Promise<void>((resolve) => (sent = resolve));
  const answer = new Promise<{ status: number; text: string }>((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const asked = request(
      { socketPath: kit.socket, method: "POST", path: `${API}/runs`, headers },
      (response) => {
        let said = "";
        response.on("data", (part: Buffer) => (said += part.toString()));
        response.on("end", () => {
          over.yet = true;
          resolve({ status: response.statusCode ?? 0, text: said });
        });
      },
    );
    asked.on("error", reject);
    asked.on("finish", sent);
    asked.end(text);
  });
  await isSent;
  let answered = 0;
  while (!over.yet) {
    expect((await kit.ask("GET", "/runs")).status).toBe(200);
    answered += 1;
  }
  return { ...(await answer), answered };
}

describe("a run of very many hosts that is handed over", () => {
  it("is read while others are answered, to the fault that is found last", async () => {
    const plan = largePlan({ parallelism: [{ kind: "count", count: 0 }] });
    const { status, text, answered } = await handOver(handOverOf(plan));
    expect(status).toBe(400);
    expect(text).toContain("is 0, and it is at least 1");
    expect(answered).toBeGreaterThan(MANY);
  });

  it("is taken as it was written", async () => {
    const plan = largePlan({});
    const usual = handOverOf(plan);
    const given = { ...usual, carry: { ...usual.carry, waitForWorkersMs: 0 } };
    const { status, answered } = await handOver(given);
    expect(status).toBe(201);
    expect(answered).toBeGreaterThan(MANY);
    await until("the run to begin", async () => (await kit.events(given.run)).length > 0);
    const [first] = await kit.events(given.run);
    // The digest is of its text, and so of the order of its fields.
    expect(first).toMatchObject({ type: "run.started", digest: planDigest(plan) });
  });

  it("is refused before it is read at all where it has too much of something", async () => {
    const plan = {
      ...largePlan({}),
      finally: Array.from({ length: 100_000 }, () => ({ failFast: false, jobs: [] })),
    };
    const { status, text } = await handOver(handOverOf(plan));
    expect(status).toBe(400);
    expect(text).toContain("more than 10000 slots");
  });
});
