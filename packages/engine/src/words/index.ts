/** What somebody elsewhere says to whoever carries a run, and what he is answered: stop, kill, confirm. */
export { NO_PRESS, pressed, type Presses } from "./presses.ts";
export { KILLING, killAsked, stopAsked, type StopAsked, STOPPING, TOO_SOON } from "./stop-words.ts";
export { nothingLeft } from "./nothing-left.ts";
export { confirmationOf, type Confirmation } from "./confirm-words.ts";
