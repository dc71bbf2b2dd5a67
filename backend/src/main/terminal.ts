import path from 'node:path';

/** npm runs scripts in the repository; a folder is meant from where its user is. */
const CALLED_FROM = process.env['INIT_CWD'] ?? process.cwd();

export const inFull = (given: string): string => path.resolve(CALLED_FROM, given);

// Whoever reads along may go (`| head`, a terminal that is closed): what was begun is done all the same, a restore above all.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

export const say = (text: string): void => void process.stdout.write(`${text}\n`);
export const complain = (text: string): void => void process.stderr.write(`${text}\n`);

/** Of what only a programmer can mend. */
export const unexpected = (error: unknown): string =>
  `This should not have happened: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
