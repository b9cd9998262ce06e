import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failOnLeftovers } from "../support/leak-check.ts";
import { DoorsKit, problemOf } from "./doors-kit.ts";

failOnLeftovers();

let kit: DoorsKit;

beforeAll(async () => {
  kit = await DoorsKit.start();
  kit.keys.make("ada");
});

afterAll(() => kit.stop());

describe("somebody logs in", () => {
  it("with a key that is allowed", async () => {
    kit.allow("ada");
    const login = await kit.login("ada");
    expect(login).toMatchObject({ principal: "ada", role: "own" });
    const who = await kit.ask("GET", "/login", { token: login.token });
    expect(who).toMatchObject({ status: 200, json: { principal: "ada", role: "own" } });
    expect(await kit.ask("DELETE", "/login", { token: login.token })).toMatchObject({ status: 204 });
    const after = await kit.ask("GET", "/runs", { token: login.token });
    expect(problemOf(after)).toMatchObject({ status: 401, code: "notLoggedIn" });
    expect(after.headers["www-authenticate"]).toMatch(/^Bearer/);
  });
});
