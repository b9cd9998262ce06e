import type { Store } from "../store/store.ts";

export interface StoreObserver {
  storeAsked(what: string, ok: boolean, seconds: number): void;
}

/** A store of which each question is told: what it was, whether it could be answered, and how long that took. */
export function observedStore(store: Store, observer: StoreObserver): Store {
  const observed =
    <Given extends readonly unknown[], R extends { readonly ok: boolean }>(
      what: string,
      ask: (...given: Given) => Promise<R>,
    ) =>
    async (...given: Given): Promise<R> => {
      const begun = performance.now();
      const answer = await ask(...given);
      observer.storeAsked(what, answer.ok, (performance.now() - begun) / 1000);
      return answer;
    };
  return {
    kind: store.kind,
    name: store.name,
    accept: observed("accept", store.accept),
    append: observed("append", store.append),
    events: observed("events", store.events),
    run: observed("run", store.run),
    runsBeginningWith: observed("runs", store.runsBeginningWith),
    runs: observed("runs", store.runs),
    renew: observed("renew", store.renew),
    claim: observed("claim", store.claim),
    reopen: observed("reopen", store.reopen),
    release: observed("release", store.release),
    say: observed("say", store.say),
    words: observed("words", store.words),
    answer: observed("answer", store.answer),
    answerTo: observed("answer", store.answerTo),
    prune: observed("prune", store.prune),
    close: () => store.close(),
  };
}
