import { succeed } from "@roadrunner/core";
import { expect, test } from "vitest";
import { parseConfigLines } from "../../../src/ssh/config/config-lines.ts";
import { routeTo, type HostRoute } from "../../../src/ssh/wire/jump-route.ts";
import { settingsFor, type Destination } from "../../../src/ssh/config/settings-for.ts";

const box = { user: "ops", uid: 1000, home: "/home/ops", hostname: "box", env: {} };

function route(text: string, host = "t") {
  const files = [parseConfigLines("conf", text)];
  return routeTo({ host }, (to: Destination) => {
    const resolved = settingsFor(to, files, {}, box);
    if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
    return succeed(resolved.value.settings);
  });
}

/** From the target to the first host that is dialled. */
function way(text: string, host?: string): string[] {
  const found = route(text, host);
  if (!found.ok) throw new Error(found.error.message);
  const names: string[] = [];
  for (let at: HostRoute | undefined = found.value; at !== undefined; at = at.jump)
    names.push(`${at.settings.user}@${at.settings.hostname}:${at.settings.port}`);
  return names;
}

test.each([
  ["", ["ops@t:22"]],
  ["Host t\n ProxyJump a", ["ops@t:22", "ops@a:22"]],
  ["Host t\n ProxyJump u@a:5,b", ["ops@t:22", "ops@b:22", "u@a:5"]],
  ["Host t\n ProxyJump b\nHost b\n ProxyJump a", ["ops@t:22", "ops@b:22", "ops@a:22"]],
  // The list replaces what its later hosts say of themselves.
  ["Host t\n ProxyJump a,b\nHost b\n ProxyJump z", ["ops@t:22", "ops@b:22", "ops@a:22"]],
  ["Host t\n ProxyJump a,b\nHost a\n ProxyJump z", ["ops@t:22", "ops@b:22", "ops@a:22", "ops@z:22"]],
  ["Host a\n HostName real\n Port 7\n User j\nHost *\n User u\nHost t\n ProxyJump a", ["u@t:22", "j@real:7"]],
  // A jump host that is matched by a pattern for all is told not to jump.
  ["Host a\n ProxyJump none\nHost *\n ProxyJump a", ["ops@t:22", "ops@a:22"]],
])("%j", (text, names) => {
  expect(way(text)).toEqual(names);
});

test.each([
  "Host *\n ProxyJump a",
  "Host t\n ProxyJump t",
  "Host t\n ProxyJump a\nHost a\n ProxyJump b\nHost b\n ProxyJump a",
])("a circle: %j", (text) => {
  expect(route(text)).toMatchObject({ ok: false, error: { reason: "config", noRetry: true } });
});
