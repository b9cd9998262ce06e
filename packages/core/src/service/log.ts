/** What a program logs through; `createLogger` makes one with winston. Fields are plain JSON values. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
