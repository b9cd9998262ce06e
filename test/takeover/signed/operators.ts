import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { fingerprintOf, type OperatorKey } from "@roadrunner/core/signing";
import { makeKeys, type Keys } from "../../security/keys.ts";
import { keyOfFile } from "../../security/sign-as.ts";

export const OPERATORS = ["alice", "bob"] as const;
export type OperatorName = (typeof OPERATORS)[number];

/** Who signs runs of a site: operators whom its workers know, and coordinators, each with a key that they do not. */
export class Operators {
  /** Of the coordinators' keys, `SHA256:…`, in their order. */
  readonly carriers: readonly string[];
  /** Of workers that take what operators have signed alone, and that alone which the policy gives them. */
  readonly workerArgs: readonly string[];
  readonly #keys: Keys;
  readonly #carrierFiles: readonly string[];

  /** @param hosts all that operators may run something on */
  constructor(hosts: readonly string[], coordinators: number) {
    this.#keys = makeKeys();
    for (const name of OPERATORS) this.#keys.make(name);
    this.#carrierFiles = Array.from({ length: coordinators }, (_, index) =>
      this.#keys.make(`coordinator${index}`),
    );
    this.carriers = this.#carrierFiles.map((file) => fingerprintOf(keyOfFile(file).publicBlob));
    const policy = join(this.#keys.path, "policy.json");
    const rule = { principals: OPERATORS.join(","), hosts: hosts.join(","), users: [userInfo().username] };
    writeFileSync(policy, JSON.stringify({ rules: [rule] }));
    const signers = this.#keys.allow("allowed_signers", ...OPERATORS);
    this.workerArgs = ["--allowed-signers", signers, "--policy", policy];
  }

  coordinatorArgs(index: number): readonly string[] {
    const file = this.#carrierFiles[index];
    return file === undefined ? [] : ["--sign-key", file];
  }

  /** Of the private key. */
  fileOf(name: OperatorName): string {
    return join(this.#keys.path, name);
  }

  keyOf(name: OperatorName): OperatorKey {
    return keyOfFile(this.fileOf(name));
  }

  /** Of the key, `SHA256:…`. */
  printOf(name: OperatorName): string {
    return fingerprintOf(this.keyOf(name).publicBlob);
  }

  remove(): void {
    this.#keys.remove();
  }
}
