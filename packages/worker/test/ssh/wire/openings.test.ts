import { expect, test } from "vitest";
import { Openings } from "../../../src/ssh/wire/openings.ts";

const LONG_MS = 60_000;

test("another host that was reached since the try began shows what is in order", async () => {
  const openings = new Openings();
  const good = openings.begin("good");
  const bad = openings.begin("bad");
  good.end(["route", "login"]);
  bad.end([]);
  expect(await bad.othersShow("route", LONG_MS)).toBe(true);
  expect(await bad.othersShow("login", LONG_MS)).toBe(true);
  expect(await bad.othersShow("agent", LONG_MS)).toBe(false);
});

test("one that is being reached is waited for, until it ends or the time is up", async () => {
  const openings = new Openings();
  const [slow, failing, bad] = ["slow", "failing", "bad"].map((door) => openings.begin(door));
  bad?.end([]);
  const asked = bad?.othersShow("route", LONG_MS);
  failing?.end([]);
  slow?.end(["route"]);
  expect(await asked).toBe(true);
  openings.begin("silent");
  const late = openings.begin("late");
  late.end([]);
  expect(await late.othersShow("login", 5)).toBe(false);
});

test("its own success, one before it, and others' failures show nothing", async () => {
  const openings = new Openings();
  openings.begin("earlier").end(["route"]);
  await new Promise((resolve) => setTimeout(resolve, 2));
  const bad = openings.begin("bad");
  openings.begin("bad").end(["route"]);
  const other = openings.begin("other");
  bad.end([]);
  const asked = bad.othersShow("route", LONG_MS);
  other.end([]);
  expect(await asked).toBe(false);
  expect(await bad.othersShow("route", LONG_MS)).toBe(false);
});
