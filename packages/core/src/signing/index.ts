export type { AllowedSigner, Principal } from "./signers/allowed-signers.ts";
export { parseAllowedSigners, principalOf } from "./signers/allowed-signers.ts";
export {
  CERTIFICATE_LIFE_MS,
  LOGIN_NAMESPACE,
  MAX_SKEW_MS,
  MESSAGE_LIFE_MS,
  NAMESPACE,
  WARN_SKEW_MS,
} from "./time/limits.ts";
export type { CheckedMessage, MessageRefusal } from "./message-check.ts";
export { MessageCheck } from "./message-check.ts";
export type { MessageTime, TimeFault } from "./time/message-time.ts";
export { timeFault } from "./time/message-time.ts";
export { matchesList } from "./signers/pattern.ts";
export type { SshPublicKey } from "./openssh/public-key.ts";
export { fingerprintOf, isSecurityKeyType, readPublicKey } from "./openssh/public-key.ts";
export type { MessageSource, Seen } from "./time/replay-memory.ts";
export { ReplayMemory } from "./time/replay-memory.ts";
export type { Flooder, ShareBounds } from "./time/replay-shares.ts";
export type { SignedText } from "./signers/signed-text.ts";
export { signedTextSchema } from "./signers/signed-text.ts";
export type { LoginStatement } from "./login-statement.ts";
export { loginText, readLoginText } from "./login-statement.ts";
export { signCertificate } from "./run-certificate.ts";
export type { MessageKind } from "./signed-message.ts";
export { openEnvelope, signMessage } from "./signed-message.ts";
export type { CertificateOption, SshCertificate } from "./openssh/ssh-certificate.ts";
export {
  MAX_SSH_CERTIFICATE_BYTES,
  readCertificateLine,
  readSshCertificate,
} from "./openssh/ssh-certificate.ts";
export { SshReader, sshString } from "./openssh/ssh-wire.ts";
export type { OperatorKey } from "./openssh/sshsig.ts";
export { operatorKey, readSignature, signSsh, verifySsh } from "./openssh/sshsig.ts";
export type { SignedBy } from "./signers/signed-by.ts";
export { certificateText, subjectOf } from "./signers/signed-by.ts";
export { signatureFault } from "./openssh/raw-signature.ts";
export { readKeyOrCertificate, readPublicLine } from "./openssh/key-or-certificate.ts";
export type { CertificateName } from "./signers/user-certificate.ts";
export { authorityFault, isAltered, userCertificateFault } from "./signers/user-certificate.ts";
export type { PoolKey } from "./pool-keys.ts";
export { parsePoolKeys } from "./pool-keys.ts";
export type { AnswerOpener, OpenedAnswer, StreamSealer } from "./pool-seal.ts";
export { PoolSeal } from "./pool-seal.ts";
export { openKept, sealKept } from "./kept-text.ts";
export { keyOf } from "./task-key.ts";
export type { RevokedSigners } from "./signers/krl.ts";
export { parseRevokedSigners, revokedFault } from "./signers/revoked-signers.ts";
export { MerkleTree } from "./plan/merkle.ts";
export type { LeafTerms, Taken } from "./plan/leaf.ts";
export { questionLeaf, taskLeaf, workDigest } from "./plan/leaf.ts";
export type { PlanProof } from "./plan/proof.ts";
export { proofOf, questionPlanFault, taskPlanFault } from "./plan/proof.ts";
export type { PlanBody } from "./plan/signed-plan.ts";
export {
  LONGEST_PLAN_LIFE_MS,
  MOST_CARRIERS,
  planBodyOf,
  planTimeFault,
  readPlan,
  signPlan,
} from "./plan/signed-plan.ts";
export type { Claimed } from "./claimed.ts";
export { claimedIn } from "./claimed.ts";
export type { Planned } from "./signed-message.ts";
export type { Carried } from "./message-check.ts";
