import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  authorityFault,
  parseAllowedSigners,
  principalOf,
  readSignature,
  readSshCertificate,
  signSsh,
  sshString,
  verifySsh,
} from "@roadrunner/core/signing";
import { afterAll, describe, expect, test } from "vitest";
import {
  certificateFor,
  keyText,
  type WantedCertificate,
} from "../../packages/core/test/signing/certificates.ts";
import { startChild } from "../support/child-program.ts";
import { findProgram } from "../support/programs.ts";
import { seeded, type Random } from "../support/random.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { attackAll, expectSome, timeFor } from "./random/attack.ts";
import { newSigner } from "./random/genuine.ts";
import { mutateBytes } from "./random/mutate.ts";

/** Certificates of an authority that certifies nonsense: what we take, `ssh-keygen -Y verify` takes as well. */

const SHARE = 250;
/** As ssh-keygen reads it from /dev/null. */
const MESSAGE = Buffer.alloc(0);
const NOW = "20261124091612Z";
const NOW_MS = Date.UTC(2026, 10, 24, 9, 16, 12);
const SECONDS = BigInt(NOW_MS / 1000);
const WORDS = [
  "alice",
  "\0\0\0\u0005alice",
  "\0\0\0\0",
  "\0\0\0\u0001",
  "ssh-ed25519",
  "force-command",
  "\0",
];
/** Where we are stricter by intent: docs/security.md. */
const STRICTER =
  /critical option|asks for \(verify-required\)|a principal that is empty|at most 8192 are taken/;

const temp = makeTempDir("certificates");
afterAll(() => temp.remove());

const random = seeded(20_261_128);
const [key, authority] = [newSigner(random, "alice").operator, newSigner(random, "ca").operator] as const;
const lines = ["alice", "*", "a*,!bob"].map(
  (one) => `${one} cert-authority ${keyText(authority.publicBlob)}\n`,
);

function wantedBy(draw: Random): WantedCertificate {
  const option = () => draw.pick([{}, {}, { "force-command": sshString("id") }, { "verify-required": "" }]);
  return {
    isFor: draw.pick([1, 1, 1, 1, 1, 2, 0, 257]),
    principals: draw.pick([
      ["alice"],
      ["bob", "alice"],
      ["alice"],
      [],
      [""],
      ["al"],
      ["alice\n"],
      ["é", "alice"],
    ]),
    after: draw.pick([0n, SECONDS, SECONDS - 1n, SECONDS + 1n, 2n ** 64n - 1n]),
    before: draw.pick([2n ** 64n - 1n, SECONDS + 1n, SECONDS, 2n ** 63n, 0n]),
    critical: draw.chance(20) ? option() : {},
    extensions: option(),
    keyId: draw.pick(["an id", "", "é", "\0"]),
  };
}

/** The signed part is changed and then signed: whatever holds is what the authority says. */
async function certificateBy(draw: Random): Promise<Buffer> {
  const blob = await certificateFor(key, authority, wantedBy(draw));
  const read = readSshCertificate(blob);
  const signed = read.ok && draw.chance(70) ? mutateBytes(draw, read.value.signed, WORDS) : undefined;
  if (signed === undefined) return blob;
  const made = await authority.sign(signed);
  return Buffer.concat([signed, sshString(made.ok ? made.value : "")]);
}

/** "alice", or why not. */
function weSay(armored: string, line: string): string {
  const read = readSignature(armored);
  if (!read.ok) return read.error;
  const fault = read.value.certificate && authorityFault(read.value.certificate);
  if (fault !== undefined) return fault;
  if (!verifySsh(read.value, MESSAGE, "roadrunner")) return "not of this key";
  const signers = parseAllowedSigners(line);
  if (!signers.ok) throw new Error(signers.error.join());
  const name = principalOf(signers.value, read.value, "roadrunner", NOW_MS, "alice");
  return name.ok ? name.value.name : name.error;
}

async function opensshTakes(seed: number, armored: string, line: string): Promise<boolean> {
  const [signers, signature] = [join(temp.path, `signers-${seed}`), join(temp.path, `signature-${seed}`)];
  writeFileSync(signers, line);
  writeFileSync(signature, armored);
  const args = ["-Y", "verify", "-f", signers, "-I", "alice", "-n", "roadrunner", "-s", signature];
  const child = startChild(findProgram("ssh-keygen"), [...args, "-O", `verify-time=${NOW}`]);
  return (await child.exited).code === 0;
}

describe("a certificate that is anything", () => {
  test(
    "is taken by us and by ssh-keygen, or by neither",
    async () => {
      let taken = 0;
      const wrong = await attackAll("certificates", SHARE, 2, async (draw, seed) => {
        const publicBlob = await certificateBy(draw);
        const armored = await signSsh(MESSAGE, "roadrunner", { ...key, publicBlob });
        if (!armored.ok) return armored.error;
        const line = draw.pick([lines[0] ?? "", lines[1] ?? "", lines[2] ?? ""]);
        const said = weSay(armored.value, line);
        const openssh = await opensshTakes(seed, armored.value, line);
        if (said === "alice") taken += 1;
        if (said.length > 300) return `a reason of ${said.length} characters`;
        const isAlike = (said === "alice") === openssh || (openssh && STRICTER.test(said));
        return isAlike ? undefined : `we say ${said}, ssh-keygen ${openssh ? "takes it" : "does not"}`;
      });
      expect(wrong).toEqual([]);
      expectSome("certificates", SHARE, taken);
    },
    timeFor(SHARE),
  );
});
