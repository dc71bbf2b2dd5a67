import { parseArgs } from 'node:util';
import type { Faulty } from '../composition/moving.js';
import { loadConfig, type Config } from '../config.js';
import { DomainError, isCancelled } from '../domain/errors.js';
import { megabytes } from '../domain/reasons.js';
import { createLogger } from '../observability/logger.js';
import { startProblem } from './start-problem.js';
import { complain, inFull, say, unexpected } from './terminal.js';

const USAGE = `npm run migrate-store -- --to postgres://user:password@host:5432/traum      copy the library of the settings into PostgreSQL
npm run migrate-store -- --to postgres://… --storage s3://bucket            and its audio files into a bucket
npm run migrate-store -- --storage s3://bucket                              the audio files alone
npm run migrate-store -- --to sqlite:DIR/traum.db --storage DIR/audio       back into one folder

The source is what DATA_DIR, DATABASE_URL and STORAGE_URL say; it stays as it is. S3_ENDPOINT and AWS_… count for the bucket. The
library may be used while it is copied: then stop it and run the same once more, which copies only what has changed since, compares
all rows and files, and says what to set. Interrupted, it goes on where it was.
  --leave-damaged   do not mind files that are missing or damaged at the source
Exit codes: 0 all is there, 1 failed, 2 called in a wrong way, 3 all is there but what changes while the library is used,
130 interrupted.`;

const FAULTS = {
  missing: 'is missing',
  wrong_size: 'is cut off or longer than it was',
  damaged: 'is damaged',
  unplugged: 'cannot be reached',
};
const LISTED = 20;
const LINE_EVERY_MS = 5_000;

process.umask(0o077);
process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  const call = parse(argv);
  if (typeof call === 'string') {
    if (call === 'help') say(USAGE);
    else complain(`${call}\n\n${USAGE}`);
    return call === 'help' ? 0 : 2;
  }
  const controller = new AbortController();
  const stop = (): void =>
    controller.abort(new DomainError('cancelled', 'Interrupted. Run the same again to go on from here.'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  let config: Config | undefined;
  try {
    config = loadConfig();
    return await run(call, config, controller.signal);
  } catch (error) {
    complain(startProblem(error, config) ?? unexpected(error));
    return isCancelled(error) ? 130 : 1;
  }
}

async function run(
  call: Exclude<ReturnType<typeof parse>, string>,
  config: Config,
  signal: AbortSignal,
): Promise<number> {
  // Only now: help should not wait for all that the server is made of.
  const { databaseInWords, moveLibrary, openMove, settingsThere } = await import('../composition/moving.js');
  const { Lifecycle } = await import('../composition/lifecycle.js');
  const lifecycle = new Lifecycle(createLogger('silent', 'migrate-store'));
  try {
    const switched = settingsThere(config, call, inFull);
    const move = await openMove(config, switched, lifecycle);
    const moved = await moveLibrary(move, call, { signal, report: steps() });
    if (moved.state === 'living') {
      say(
        'All is there as of now. The library is in use: stop it (API and workers), and run the same again. That copies only what has ' +
          'changed since, and says what to set. (One that was killed counts as in use for a quarter of a minute.)',
      );
      return 3;
    }
    if (moved.state === 'damaged') {
      complain(
        `${list(moved.files)}\nAll else is there. Upload these files again or delete their sounds, and run this once more; or leave ` +
          'them as they are with --leave-damaged.',
      );
      return 1;
    }
    if (moved.left.length > 0) complain(`${list(moved.left)}\nThey are not at the new place either.`);
    const files = move.files ? `, ${moved.files} files (${megabytes(moved.bytes)})` : '';
    const placed =
      moved.inPlace > 0
        ? ` The files of ${moved.inPlace} sounds stay in imported folders and were not copied: IMPORT_DIRS has to name these there too.`
        : '';
    const rows = move.rows ? `, ${moved.rows} rows` : '';
    const settings = Object.entries(switched).map(([name, value]) =>
      name === 'DATABASE_URL' && value ? `${name}=${databaseInWords(move.there)}` : `${name}=${value}`,
    );
    say(
      `${moved.sounds} sounds${rows}${files} are there, and are the same as here. Set this, and start:\n\n` +
        `${settings.map((line) => `  ${line}`).join('\n')}\n\n` +
        `What was here stays as it is: delete it when all is well.${placed}${hints(config, move.there)}`,
    );
    return 0;
  } finally {
    await lifecycle.stop();
  }
}

function hints(here: Config, there: Config): string {
  const models =
    here.dataDir === there.dataDir
      ? ''
      : ` Models that you have installed lie in ${here.keptModelsDir}: copy them to ${there.keptModelsDir}.`;
  const audit =
    here.postgres === null && there.postgres !== null
      ? ' docs/scaling.md says how PostgreSQL and a bucket are backed up.'
      : '';
  return models + audit;
}

function list(files: readonly Faulty[]): string {
  const lines = files
    .slice(0, LISTED)
    .map(({ filename, id, fault }) => `The file of "${filename}" ${FAULTS[fault]} (${id}).`);
  if (files.length > LISTED) lines.push(`And ${files.length - LISTED} more.`);
  return lines.join('\n');
}

/** A line every few seconds, and one for each stage. */
function steps(): (stage: 'rows' | 'words' | 'files' | 'comparing', done: number, of: number) => void {
  const words = { rows: 'rows', words: 'words to search by', files: 'audio files', comparing: 'comparing' };
  let last = { stage: '', at: 0 };
  return (stage, done, of) => {
    const now = Date.now();
    if (stage === last.stage && now - last.at < LINE_EVERY_MS) return;
    last = { stage, at: now };
    say(`${words[stage]}: ${done}${of > 0 ? ` of ${of}` : ''}`);
  };
}

/** What to do, `help`, or what is wrong with the call. */
function parse(argv: string[]) {
  let values;
  try {
    ({ values } = parseArgs({
      args: argv,
      options: {
        to: { type: 'string' },
        storage: { type: 'string' },
        'leave-damaged': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { to, storage, help } = values;
  if (help) return 'help';
  if (to === undefined && storage === undefined)
    return 'Where? Name a database (--to), a place for files (--storage), or both.';
  if (to !== undefined && !/^(?:postgres(?:ql)?:\/\/|sqlite:)./.test(to))
    return '--to takes postgres://… or sqlite:PATH.';
  if (storage === '') return '--storage takes s3://bucket or a folder.';
  return { to, storage, leaveDamaged: values['leave-damaged'] ?? false };
}
