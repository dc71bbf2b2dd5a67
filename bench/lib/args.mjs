import { parseArgs } from 'node:util';
import { say, Stop } from '../../scripts/lib/report.mjs';

/**
 * Options of a bench. `--help` prints them.
 * @param {string[]} args
 * @param {Record<string, { type: 'string' | 'boolean', default?: string | boolean, help: string }>} options
 * @returns {Record<string, string | boolean | undefined> | null} null when help was asked for
 */
export function readArgs(args, options) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: { ...options, help: { type: 'boolean' } } }));
  } catch (error) {
    throw new Stop(`${error.message}\n${helpOf(options)}`);
  }
  if (values.help) {
    say(helpOf(options));
    return null;
  }
  return values;
}

const helpOf = (options) =>
  Object.entries(options)
    .map(([name, { type, help, default: preset }]) => {
      const shown = `--${name}${type === 'string' ? ' VALUE' : ''}`;
      return `  ${shown.padEnd(22)} ${help}${preset === undefined ? '' : ` (${preset})`}`;
    })
    .join('\n');
