import { parseArgs } from 'node:util';
import { megabytes, told } from '../domain/reasons.js';
import { LOCAL } from '../domain/accounts/actor.js';
import { loadConfig, type Config } from '../config.js';
import type { buildModelTools } from '../composition/models.js';
import { Lifecycle } from '../composition/lifecycle.js';
import { isCancelled } from '../domain/errors.js';
import { createLogger } from '../observability/logger.js';
import { ProgressLine } from './progress-line.js';
import { startProblem } from './start-problem.js';
import { complain, inFull, say, unexpected } from './terminal.js';

const USAGE = `npm run model -- list                     the models there are
npm run model -- install ID               download a model; goes on where an earlier attempt stopped
npm run model -- install ID --from DIR    take its files from a folder, for machines without internet
npm run model -- verify [ID]              compare the files of one or all installed models with their hashes
npm run model -- use ID                   search with this model; the library is embedded anew in the background
npm run model -- remove ID                delete an installed model

HF_ENDPOINT names another server to download from (a mirror of the Hugging Face hub). See docs/models.md.
Exit codes: 0 done, 1 failed, 2 called in a wrong way, 130 interrupted.`;

type Tools = Awaited<ReturnType<typeof buildModelTools>>;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  const parsed = parse(argv);
  if (parsed === 'help') {
    say(USAGE);
    return 0;
  }
  if (typeof parsed === 'string') {
    complain(`${parsed}\n\n${USAGE}`);
    return 2;
  }
  let tools: Tools | undefined;
  let lifecycle: Lifecycle | undefined;
  let config: Config | undefined;
  try {
    config = loadConfig();
    // Only now: help should not wait for all that the server is made of.
    const { openDataDirectory } = await import('../composition/data-directory.js');
    const { buildModelTools } = await import('../composition/models.js');
    // What happens is told in words here; the log is only for faults.
    const logger = createLogger('silent', 'model');
    await openDataDirectory(config, logger);
    lifecycle = new Lifecycle(logger);
    tools = await buildModelTools(config, logger, lifecycle);
    return await parsed.run(tools);
  } catch (error) {
    // An install may read from anywhere: only before it begins is it certain what a code of the system means.
    complain(startProblem(error, tools ? undefined : config) ?? unexpected(error));
    return isCancelled(error) ? 130 : 1;
  } finally {
    await lifecycle?.stop();
  }
}

/** What to run, `help`, or what is wrong with the call. */
function parse(argv: string[]): { run: (tools: Tools) => Promise<number> } | string {
  let call;
  try {
    call = parseArgs({
      args: argv,
      allowPositionals: true,
      options: { from: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { values, positionals } = call;
  const [command, id, ...rest] = positionals;
  if (values.help || command === undefined || command === 'help') return 'help';
  if (rest.length > 0) return `"${rest[0]}" is one word too many.`;
  if (values.from !== undefined && command !== 'install') return '--from belongs to install.';
  if (command === 'list') return id === undefined ? { run: list } : 'list takes no id.';
  if (command === 'verify') return { run: (tools) => verify(tools, id) };
  const commands: Record<string, (tools: Tools, id: string) => Promise<number>> = {
    install: (tools, model) => install(tools, model, values.from),
    use,
    remove,
  };
  const run = commands[command];
  if (!run) return `There is no command "${command}".`;
  return id === undefined ? `Which model? Say: ${command} ID` : { run: (tools) => run(tools, id) };
}

async function list({ models }: Tools): Promise<number> {
  const entries = await models.list(LOCAL);
  const wide = Math.max(...entries.map(({ id }) => id.length)) + 2;
  for (const { id, installed, active, problem, sizeBytes, precision, license, goodAt, description } of entries) {
    const state = active ? 'in use' : installed ? 'installed' : problem ? 'broken' : '';
    const facts = [megabytes(sizeBytes), precision, license].filter(Boolean).join(', ');
    say(`${active ? '*' : ' '} ${id.padEnd(wide)}${state.padEnd(11)}${facts}`);
    say(`    ${problem ?? (goodAt || description)}`);
  }
  const { active, switch: change } = await models.activity(LOCAL);
  if (change) {
    const done = `${change.done} of ${change.total} sounds`;
    const target = change.targetId === active ? `the new version of ${active}` : change.targetId;
    say(`\nChanging to ${target}: ${change.state}, ${done}${change.error ? `. ${told(change.error).text}` : ''}`);
  }
  return 0;
}

async function install({ models, folder }: Tools, id: string, from: string | undefined): Promise<number> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const line = new ProgressLine(process.stdout);
  try {
    const changed = await models.install(LOCAL, id, {
      signal: controller.signal,
      onProgress: (progress) => line.show(progress),
      ...(from === undefined ? {} : { source: folder(inFull(from)) }),
    });
    line.end();
    say(
      changed
        ? `The model "${id}" is installed. Search with it: npm run model -- use ${id}`
        : `The model "${id}" is installed and whole.`,
    );
    return 0;
  } catch (error) {
    line.end();
    if (controller.signal.aborted) {
      complain('Interrupted. What has arrived is kept: the same command goes on from there.');
      return 130;
    }
    throw error;
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}

async function verify({ models }: Tools, id: string | undefined): Promise<number> {
  const ids =
    id !== undefined ? [id] : (await models.list(LOCAL)).filter(({ installed }) => installed).map((model) => model.id);
  let damaged = 0;
  for (const model of ids) {
    for (const { path, verdict } of await models.verify(LOCAL, model)) {
      const words = { ok: 'ok', unpinned: 'no hash known', damaged: 'DAMAGED' }[verdict];
      say(`${model}/${path}: ${words}`);
      if (verdict === 'damaged') damaged += 1;
    }
  }
  if (damaged === 0) return 0;
  complain('Install damaged models again: npm run model -- install ID');
  return 1;
}

async function use({ models }: Tools, id: string): Promise<number> {
  const outcome = await models.use(LOCAL, id);
  say(
    outcome === 'active'
      ? `Searches use the model "${id}".`
      : `The model "${id}" is chosen. A running server embeds the library with it in the background, one that is stopped at its next start; ` +
          'searches use the former model until that is done.',
  );
  return 0;
}

async function remove({ models }: Tools, id: string): Promise<number> {
  await models.remove(LOCAL, id);
  say(`The model "${id}" was removed.`);
  return 0;
}
