import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Redactor, type Secret } from "../../src/visit/redactor.ts";

function redact(secrets: readonly Secret[], chunks: readonly string[]): string {
  const redactor = new Redactor(secrets);
  const parts = chunks.map((chunk) => redactor.push(Buffer.from(chunk)));
  return Buffer.concat([...parts, redactor.end()]).toString();
}

const DB = { name: "db", value: "hunter2" };

describe("secrets in captured output", () => {
  test("are replaced, each time", () => {
    expect(redact([DB], ["a hunter2 b hunter2hunter2"])).toBe("a [secret db] b [secret db][secret db]");
  });

  test("are replaced when a chunk's border cuts them, at every offset", () => {
    const text = "pw=hunter2; hunter; hunter2";
    for (let at = 0; at <= text.length; at++) {
      expect(redact([DB], [text.slice(0, at), text.slice(at)])).toBe("pw=[secret db]; hunter; [secret db]");
    }
  });

  test("a file's last newline is not part of the secret", () => {
    expect(redact([{ name: "db", value: "hunter2\n" }], ["hunter2\nx"])).toBe("[secret db]\nx");
  });

  test("an empty value replaces nothing", () => {
    expect(redact([{ name: "none", value: "\n" }], ["text\n"])).toBe("text\n");
  });

  test("of two secrets that begin alike the longer is named", () => {
    const long = { name: "long", value: "hunter2000" };
    for (const chunks of [["x hunter2000 hunter2 y"], ["x hunter2", "000 hunter2", " y"]]) {
      expect(redact([DB, long], chunks)).toBe("x [secret long] [secret db] y");
    }
  });

  test("of a secret of several lines each longer line is one", () => {
    const pem = { name: "key", value: "-----BEGIN-----\r\nsecret line 1\nab\n  secret line 2\n" };
    expect(redact([pem], ["+ x='secret li", "ne 1'\n> secret line 2 ab\n", pem.value])).toBe(
      "+ x='[secret key]'\n> [secret key] ab\n[secret key]\n",
    );
    expect(redact([{ name: "one", value: "a single line\n" }], ["a single line, a single"])).toBe(
      "[secret one], a single",
    );
  });

  test("no secret survives, however it is cut, and all else does", () => {
    const alphabet = fc.constantFrom("a", "b", "c");
    const word = fc.string({ unit: alphabet, minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
        fc.array(fc.string({ unit: alphabet, maxLength: 6 }), { maxLength: 6 }),
        (values, chunks) => {
          const secrets = values.map((value, index) => ({ name: `${index}`, value }));
          const whole = redact(secrets, [chunks.join("")]);
          expect(redact(secrets, chunks)).toBe(whole);
          // Put back in order, the replaced words give the text again.
          expect(whole.replace(/\[secret (\d)\]/g, (_, index: string) => values[Number(index)] ?? "")).toBe(
            chunks.join(""),
          );
          for (const part of whole.split(/\[secret \d\]/)) {
            for (const value of values) expect(part).not.toContain(value);
          }
        },
      ),
    );
  });
});
