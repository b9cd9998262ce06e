import type { Base } from "./base.ts";
import { findEnds, findEndsFrom } from "./ends.ts";
import { appendEvents, readEvents } from "./events.ts";
import { claimRuns, releaseRun, renewLeases, reopenRun } from "./leases.ts";
import { addToken, challengeKey, dropToken, findToken, takeChallenge } from "./login-state.ts";
import { pruneStore } from "./prune.ts";
import { acceptRun, findHandOver, findRun, findRunsBeginningWith, listRuns } from "./runs.ts";
import { announceCarrier, carrierLeaves, findCarriers, findSignedPlans, signPlan } from "./signed-plans.ts";
import type { Store } from "./store.ts";
import { answerWord, findAnswer, openWords, sayWord } from "./words.ts";

/** The store of this coordinator in an open database. */
export function sqlStore(base: Base, coordinator: string): Store {
  return {
    kind: base.kind,
    name: base.name,
    accept: (run) => acceptRun(base, coordinator, run),
    append: (owned, first, events, row) => appendEvents(base, owned, first, events, row),
    events: (run, from, limit) => readEvents(base, run, from, limit),
    ends: (task, limit) => findEnds(base, task, limit),
    endsFrom: (wanted, from, limit) => findEndsFrom(base, wanted, from, limit),
    run: (run) => findRun(base, coordinator, run),
    handOver: (run) => findHandOver(base, run),
    runsBeginningWith: (beginning, limit) => findRunsBeginningWith(base, coordinator, beginning, limit),
    runs: (filter) => listRuns(base, coordinator, filter),
    renew: (owned) => renewLeases(base, coordinator, owned),
    claim: (limit, but) => claimRuns(base, coordinator, limit, but),
    reopen: (run, handOver, given) => reopenRun(base, coordinator, run, handOver, given),
    release: (owned) => releaseRun(base, coordinator, owned),
    say: (word) => sayWord(base, word),
    words: () => openWords(base, coordinator),
    answer: (id, text, done) => answerWord(base, id, text, done),
    answerTo: (id) => findAnswer(base, id),
    prune: (ages) => pruneStore(base, ages),
    challengeKey: () => challengeKey(base),
    takeChallenge: (challenge, untilMs) => takeChallenge(base, challenge, untilMs),
    addToken: (token) => addToken(base, token),
    token: (digest) => findToken(base, digest),
    dropToken: (digest) => dropToken(base, digest),
    announceCarrier: (fingerprint) => announceCarrier(base, fingerprint),
    carrierLeaves: (fingerprint) => carrierLeaves(base, fingerprint),
    carriers: () => findCarriers(base, "day"),
    carriersNow: () => findCarriers(base, "now"),
    sign: (run, anew) => signPlan(base, run, anew),
    signedPlans: (run) => findSignedPlans(base, run),
    close: () => base.close(),
  };
}
