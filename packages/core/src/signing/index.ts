export type { AllowedSigner, Principal } from "./allowed-signers.ts";
export { parseAllowedSigners, principalOf } from "./allowed-signers.ts";
export { fingerprintOf, readPublicKey } from "./public-key.ts";
export { sshString } from "./ssh-wire.ts";
export type { OperatorKey } from "./sshsig.ts";
export { operatorKey, readSignature, signatureAlgorithm, signSsh, verifySsh } from "./sshsig.ts";
