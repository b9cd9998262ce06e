import { expect, test } from "vitest";
import { Places } from "@roadrunner/core/gearman";
import { failOnLeftovers } from "../support/leak-check.ts";
import { until } from "../support/until.ts";
import { completeText, connectedClient, connectedWorker, gate, gearmandForTest, submit } from "./kit.ts";

failOnLeftovers();

test("places are shared: over servers, over workers, never more at once, and no link starves", async () => {
  const [a, b] = await Promise.all([gearmandForTest(), gearmandForTest()]);
  const places = new Places(3);
  let [now, most] = [0, 0];
  const f = async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    now -= 1;
    return "";
  };
  await connectedWorker([a.asServer, b.asServer], { f }, { places });
  await connectedWorker([a.asServer, b.asServer], { g: f }, { places });
  const clients = await Promise.all([connectedClient([a.asServer]), connectedClient([b.asServer])]);
  const jobs = clients.flatMap((client) =>
    ["f", "g"].flatMap((name) => Array.from({ length: 50 }, () => completeText(submit(client, name)))),
  );
  await Promise.all(jobs);
  expect(most).toBe(3);
  await until("all places to come back", () => places.inUse === 0);
});

test("with one place and two servers: woken by one while busy with the other's job, it is not deaf", async () => {
  const [a, b] = await Promise.all([gearmandForTest(), gearmandForTest()]);
  const hold = gate();
  const worker = await connectedWorker([a.asServer, b.asServer], {
    hold: () => hold.opened.then(() => "held"),
    f: async () => "first",
  });
  const [onA, onB] = await Promise.all([connectedClient([a.asServer]), connectedClient([b.asServer])]);
  const held = submit(onA, "hold");
  await until("it to be busy with A's", () => worker.running === 1);
  const second = await connectedWorker([b.asServer], { f: async () => "second" });
  expect(await completeText(submit(onB, "f"))).toBe("second");
  hold.open();
  expect(await completeText(held)).toBe("held");
  await second.drain();
  expect(await completeText(submit(onB, "f"))).toBe("first");
});
