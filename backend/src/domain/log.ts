/** What a part needs to tell the operator something; a pino logger fits. Fields first, then a message in plain words. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
