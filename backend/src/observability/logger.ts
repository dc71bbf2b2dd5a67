import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * JSON lines on standard error: standard output belongs to the one line with the URL.
 * @param also what each line says besides, of where it was written
 */
export function createLogger(level: string, name: string, also?: () => object): Logger {
  const timestamp = pino.stdTimeFunctions.isoTime;
  return pino({ level, name, base: { name }, timestamp, ...(also && { mixin: also }) }, pino.destination(2));
}
