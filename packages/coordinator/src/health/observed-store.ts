import type { Store } from "../store/store.ts";

export interface StoreObserver {
  storeAsked(what: string, ok: boolean, seconds: number): void;
}

/** A store of which each question is told: what it was, whether it could be answered, and how long that took. */
export function observedStore(store: Store, observer: StoreObserver): Store {
  const told = async <R extends { readonly ok: boolean }>(what: string, asked: Promise<R>): Promise<R> => {
    const begun = performance.now();
    const answer = await asked;
    observer.storeAsked(what, answer.ok, (performance.now() - begun) / 1000);
    return answer;
  };
  return {
    kind: store.kind,
    name: store.name,
    accept: (run) => told("accept", store.accept(run)),
    append: (owned, first, events, row) => told("append", store.append(owned, first, events, row)),
    events: (run, from, limit) => told("events", store.events(run, from, limit)),
    ends: (task, limit) => told("events", store.ends(task, limit)),
    endsFrom: (wanted, from, limit) => told("events", store.endsFrom(wanted, from, limit)),
    run: (run) => told("run", store.run(run)),
    handOver: (run) => told("run", store.handOver(run)),
    runsBeginningWith: (beginning, limit) => told("runs", store.runsBeginningWith(beginning, limit)),
    runs: (filter) => told("runs", store.runs(filter)),
    renew: (owned) => told("renew", store.renew(owned)),
    claim: (limit, but) => told("claim", store.claim(limit, but)),
    reopen: (run, handOver, given) => told("reopen", store.reopen(run, handOver, given)),
    release: (owned) => told("release", store.release(owned)),
    say: (word) => told("say", store.say(word)),
    words: () => told("words", store.words()),
    answer: (id, text, done) => told("answer", store.answer(id, text, done)),
    answerTo: (id) => told("answer", store.answerTo(id)),
    prune: (ages) => told("prune", store.prune(ages)),
    challengeKey: () => told("login", store.challengeKey()),
    takeChallenge: (challenge, untilMs) => told("login", store.takeChallenge(challenge, untilMs)),
    addToken: (token) => told("login", store.addToken(token)),
    token: (digest) => told("token", store.token(digest)),
    dropToken: (digest) => told("token", store.dropToken(digest)),
    announceCarrier: (fingerprint) => told("carriers", store.announceCarrier(fingerprint)),
    carrierLeaves: (fingerprint) => told("carriers", store.carrierLeaves(fingerprint)),
    carriers: () => told("carriers", store.carriers()),
    carriersNow: () => told("carriers", store.carriersNow()),
    sign: (run, anew) => told("sign", store.sign(run, anew)),
    signedPlans: (run) => told("sign", store.signedPlans(run)),
    close: () => store.close(),
  };
}
