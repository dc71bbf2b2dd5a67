import path from 'node:path';
import { parseArgs } from 'node:util';
import { liesIn, loadConfig, type Config } from '../config.js';
import { DomainError, isCancelled } from '../domain/errors.js';
import { megabytes } from '../domain/reasons.js';
import { startProblem } from './start-problem.js';
import { complain, inFull, say, unexpected } from './terminal.js';

const USAGE = `npm run backup -- --to DIR              back the library up; what lies there already is not copied again
npm run backup -- --to DIR --verify     the same, reading what lies there and writing anew what is damaged
npm run backup -- --to DIR --list       the backups there, newest first
npm run restore -- --from DIR           put the newest backup in the place of the library in DATA_DIR
npm run restore -- --from DIR --id ID   or another one
npm run restore -- --from DIR --check   only read it all and compare it with its hashes

DIR is a folder, seen from where the command is called. It may be left out where BACKUP_DIR is set. BACKUP_KEY_FILE (or --key-file FILE) names a file with the key of encrypted backups;
BACKUP_KEEP says how many stay (or --keep 7d,4w,6m). A backup can be made while everything runs; to restore, stop it first.
Exit codes: 0 done, 1 failed, 2 called in a wrong way, 130 interrupted.`;

interface Call {
  command: 'backup' | 'list' | 'restore' | 'check';
  directory?: string | undefined;
  id?: string | undefined;
  verify: boolean;
  env: NodeJS.ProcessEnv;
}

process.umask(0o077);
process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  const call = parse(argv);
  if (call === 'help') {
    say(USAGE);
    return 0;
  }
  if (typeof call === 'string') {
    complain(`${call}\n\n${USAGE}`);
    return 2;
  }
  const controller = new AbortController();
  const stop = (): void => controller.abort(new DomainError('cancelled', 'Interrupted. Nothing was changed.'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  let config: Config | undefined;
  try {
    config = loadConfig({ ...process.env, ...call.env });
    return await run(call, config, controller.signal);
  } catch (error) {
    complain(startProblem(error, config) ?? unexpected(error));
    return isCancelled(error) ? 130 : 1;
  }
}

async function run({ command, directory, id, verify }: Call, config: Config, signal: AbortSignal): Promise<number> {
  // Only now: help should not wait for all that the server is made of.
  const { buildBackupTools, completeRestore } = await import('../composition/backups.js');
  if (command === 'restore') {
    const completed = await completeRestore(config);
    if (completed) {
      say(`The restore that was interrupted is complete.${former(config, completed.aside)}`);
      return 0;
    }
  }
  const place = directory ?? config.backups.directory;
  if (place === null) {
    complain(`Where? Name a folder, or set BACKUP_DIR.\n\n${USAGE}`);
    return 2;
  }
  if (command === 'backup' && liesIn(place, config.dataDir)) {
    complain(`${place} lies in DATA_DIR, and would be lost with it. Choose a folder on another disk.`);
    return 1;
  }
  const tools = await buildBackupTools(config, place);
  const work = { signal, report: steps() };
  if (command === 'backup') {
    const made = await tools.backup({ keep: config.backups.keep, verify }, work);
    say(
      `Backup ${made.id} in ${path.resolve(place)}: ${made.sounds} sounds, ${megabytes(made.audioBytes + made.databaseBytes)}, ` +
        `${megabytes(made.addedBytes)} of it new, in ${(made.tookMs / 1000).toFixed(1)} s.`,
    );
    if (made.missing.length > 0) {
      complain(
        `${made.missing.length} files of sounds are missing or damaged in the library: run its integrity check.`,
      );
    }
    return 0;
  }
  const backups = await tools.list();
  if (command === 'list') {
    for (const { id, createdAt, sounds, audioBytes, databaseBytes, addedBytes } of backups) {
      say(
        `${id}  ${createdAt}  ${sounds} sounds, ${megabytes(audioBytes + databaseBytes)}, ${megabytes(addedBytes)} new`,
      );
    }
    if (backups.length === 0) say('There is no backup here.');
    return 0;
  }
  const wanted = id ?? backups[0]?.id;
  if (wanted === undefined) {
    complain('There is no backup here.');
    return 1;
  }
  if (command === 'check') {
    const whole = await tools.check(wanted, work);
    say(`Backup ${wanted} is whole: ${whole.sounds} sounds, ${megabytes(whole.audioBytes + whole.databaseBytes)}.`);
    return 0;
  }
  const { backup, aside, hasAccounts } = await tools.restore(wanted, work);
  say(`Restored ${backup.sounds} sounds as of ${backup.createdAt}.${former(config, aside)}`);
  if (hasAccounts) {
    say(
      'Everybody has to sign in again. Accounts, passwords, keys and links are those of then: revoke again what was revoked since.',
    );
  }
  if (backup.model !== null)
    say(`Searches there used the model "${backup.model}"; it must be installed (npm run model -- list).`);
  return 0;
}

function former({ dataDir }: Config, aside: string | null): string {
  if (aside === null) return '';
  return ` What was there before lies in ${path.join(dataDir, aside)}; delete it when all is well.`;
}

/** A line for each tenth. */
function steps(): (stage: 'database' | 'files' | 'check', progress: number) => void {
  const words = { database: 'copying the database', files: 'files', check: 'checking the database' };
  let last = '';
  return (stage, progress) => {
    const line = `${words[stage]}: ${Math.floor(progress * 10) * 10} %`;
    if (line !== last && progress > 0) say(line);
    last = line;
  };
}

/** What to do, `help`, or what is wrong with the call. */
function parse(argv: string[]): Call | string {
  let call;
  try {
    call = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        from: { type: 'string' },
        id: { type: 'string' },
        list: { type: 'boolean' },
        check: { type: 'boolean' },
        verify: { type: 'boolean' },
        keep: { type: 'string' },
        'key-file': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { values, positionals } = call;
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) return 'help';
  if (rest.length > 0 || !['backup', 'restore'].includes(command))
    return `"${rest[0] ?? command}" is one word too many.`;
  const wrong = command === 'backup' ? (['from', 'id', 'check'] as const) : (['to', 'list', 'verify', 'keep'] as const);
  const odd = wrong.find((name) => values[name] !== undefined);
  if (odd) return `--${odd} belongs to ${command === 'backup' ? 'restore' : 'backup'}.`;
  const folder = values.to ?? values.from;
  const keyFile = values['key-file'];
  return {
    command: command === 'backup' ? (values.list ? 'list' : 'backup') : values.check ? 'check' : 'restore',
    directory: folder === undefined ? undefined : inFull(folder),
    id: values.id,
    verify: values.verify ?? false,
    env: {
      ...(values.keep === undefined ? {} : { BACKUP_KEEP: values.keep }),
      ...(keyFile === undefined ? {} : { BACKUP_KEY_FILE: inFull(keyFile) }),
    },
  };
}
