/** Why something does not go on to which a person said no. @param by who that was, where it is known */
export function notConfirmed(by?: string): string {
  return by === undefined ? "not confirmed" : `not confirmed (${by} said no)`;
}
