import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fingerprintOf } from "@roadrunner/core/signing";
import { describe, expect, it } from "vitest";
import { certified, keyOfKind, keyText } from "../../../core/test/signing/certificates.ts";
import { Authority } from "../../src/authority/authority.ts";
import {
  alice,
  bob,
  file,
  folder,
  nobody,
  NOW,
  refused,
  RUN,
  signedBy,
  signerOf,
  workload,
  type TestSigner,
} from "./ground.ts";

const root = folder();
let count = 0;

/** A worker with room for few messages. */
function worker(signers: string): Authority {
  count += 1;
  const opened = Authority.open({
    allowedSigners: file(join(root, `signers-${count}`), signers),
    hosts: "all",
    users: "all",
    shares: { most: 12, sure: 2, sureSenders: 1 },
  });
  if (!opened.ok) throw new Error(opened.error.join("\n"));
  return opened.value;
}

const another = () => workload({}, randomBytes(4).toString("hex"));
const take = async (authority: Authority, by: TestSigner) =>
  authority.task(await signedBy(by, another()), NOW, nobody);

/** How many submissions are taken of these, in turn, before one is refused; and how it is. */
async function flood(authority: Authority, next: () => TestSigner | Promise<TestSigner>) {
  for (let taken = 0; ; taken += 1) {
    const result = await take(authority, await next());
    if (!result.ok) return { taken, refusal: result };
  }
}

describe("a worker that is sent more than it can remember", () => {
  it("refuses whoever sends it, by name, and takes what others send", async () => {
    const authority = worker(alice.line + bob.line);
    const { taken, refusal } = await flood(authority, () => alice);
    expect(taken).toBe(6);
    expect(refusal).toEqual(
      refused(/^too many submissions of alice: 6 could still be replayed/, {
        blame: "submission",
        signer: expect.objectContaining({ principal: "alice" }) as object,
      }),
    );
    for (let at = 0; at < 3; at += 1) expect((await take(authority, bob)).ok).toBe(true);
    expect((await take(authority, alice)).ok).toBe(false);
  });

  it("lets who has had too much run stop it all the same", async () => {
    const authority = worker(alice.line);
    await flood(authority, () => alice);
    const to = { function: "rr-control.w", unique: "control-1" };
    const control = JSON.stringify({ v: 1, type: "kill", run: RUN, client: "c-1" });
    const text = await alice.sign("control", to, control);
    expect(authority.control({ text, functionName: to.function, unique: to.unique }, NOW).ok).toBe(true);
  });

  it("counts all keys for which one name has certificates as one, and leaves others of their authority their share", async () => {
    const ca = keyOfKind("ed25519");
    const authority = worker(`*@example.com cert-authority ${keyText(ca.publicBlob)}\n${bob.line}`);
    const holder = async (name: string) =>
      signerOf(await certified(keyOfKind("ed25519"), ca, { principals: [name], keyId: name }), "");
    const { taken, refusal } = await flood(authority, async () => holder("eve@example.com"));
    expect(taken).toBe(6);
    expect(refusal).toEqual(refused(/^too many submissions of eve@example\.com \(certificate "eve@example/));
    for (let at = 0; at < 2; at += 1)
      expect((await take(authority, await holder("carol@example.com"))).ok).toBe(true);
    expect((await take(authority, bob)).ok).toBe(true);
  });

  it("names an authority whose holders have too much together", async () => {
    const ca = keyOfKind("ed25519");
    const authority = worker(`*@example.com cert-authority ${keyText(ca.publicBlob)}\n${bob.line}`);
    let name = 0;
    const { refusal } = await flood(authority, async () => {
      name += 1;
      const principals = [`eve${name}@example.com`];
      return signerOf(await certified(keyOfKind("ed25519"), ca, { principals }), "");
    });
    expect(refusal).toEqual(
      refused(
        new RegExp(
          `of all whom the authority ${fingerprintOf(ca.publicBlob).replaceAll("+", "\\+")} certifies: 8 `,
        ),
      ),
    );
    for (let at = 0; at < 2; at += 1) expect((await take(authority, bob)).ok).toBe(true);
  });
});
