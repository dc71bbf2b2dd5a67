import { pino, type Logger } from 'pino';

export type { Logger };

/** JSON lines on standard error: standard output belongs to the one line with the URL. */
export function createLogger(level: string, name: string): Logger {
  return pino({ level, name, base: { name }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
}
