/** Where the adapter tells what it does; a winston logger is one. */
export interface AdapterLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

const nothing = (): void => {};
export const silentLog: AdapterLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** What went wrong, in one line, whatever was thrown. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses of one name: Node tries each and puts the causes into an AggregateError without a message.
  if (error instanceof AggregateError && error.message === "") return error.errors.map(errorText).join("; ");
  return error.message === "" ? error.name : error.message;
}
