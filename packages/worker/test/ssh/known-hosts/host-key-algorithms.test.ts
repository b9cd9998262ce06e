import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { hostKeyAlgorithms, offerOf } from "../../../src/ssh/known-hosts/host-key-algorithms.ts";

test("known types of host keys are asked for first", () => {
  expect(hostKeyAlgorithms(["ssh-rsa"]).slice(0, 3)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]);
  expect(hostKeyAlgorithms([])[0]).toBe("ssh-ed25519");
  expect(new Set(hostKeyAlgorithms(["ecdsa-sha2-nistp384"]))).toEqual(new Set(hostKeyAlgorithms([])));
});

test("SHA-1's host keys are asked for only where the operator has them", () => {
  const { DEFAULT_SERVER_HOST_KEY } = createRequire(import.meta.url)("ssh2/lib/protocol/constants.js") as {
    DEFAULT_SERVER_HOST_KEY: readonly string[];
  };
  expect(hostKeyAlgorithms([])).toEqual(DEFAULT_SERVER_HOST_KEY.filter((one) => one !== "ssh-rsa"));
  expect(offerOf([])).toEqual({ serverHostKey: hostKeyAlgorithms([]) });
  const hostKey = ["rsa-sha2-512", "ssh-rsa", "ssh-ed25519"] as const;
  expect(hostKeyAlgorithms(["ssh-ed25519"], { hostKey })).toEqual(["ssh-ed25519", "rsa-sha2-512", "ssh-rsa"]);
  expect(hostKeyAlgorithms(["ssh-ed25519"], { hostKey, hostKeyOrderIsWritten: true })).toEqual(hostKey);
  expect(offerOf([], { cipher: ["aes256-ctr"], hostKey })).toEqual({
    serverHostKey: hostKey,
    cipher: ["aes256-ctr"],
  });
});
