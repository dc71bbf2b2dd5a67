import { parseArgs } from 'node:util';
import { say, Stop } from '../../scripts/lib/report.mjs';

/**
 * Options of a bench. `--help` prints them.
 * @template {Record<string, { type: string, default?: string | boolean, help: string }>} Options
 * @param {string[]} args
 * @param {Options} options of type `string` or `boolean`
 * @returns {{ [Name in keyof Options]: any } | null} what was given for each; null when help was asked for
 */
export function readArgs(args, options) {
  /** @type {any} */
  let values;
  try {
    const all = /** @type {any} */ ({ ...options, help: { type: 'boolean' } });
    ({ values } = parseArgs({ args, options: all }));
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
