/** What a journal's past comes to: where a run stands, what of it counts, what can be taken again. */
export { eventsThatCount } from "./events-that-count.ts";
export type { NothingLeft } from "./go-on.ts";
export { goOn, leftToDo, waitsForPerson } from "./go-on.ts";
