import os from 'node:os';
import { say } from '../../scripts/lib/report.mjs';

/**
 * Prints a Markdown table with the machine it was measured on and the command that measured it.
 * @param {string} title
 * @param {string} command
 * @param {string[]} header
 * @param {(string | number)[][]} rows
 */
export function printTable(title, command, header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  say(
    [
      `\n### ${title}`,
      '',
      `\`${command}\` on ${machine()}`,
      '',
      line(header),
      line(header.map(() => '---')),
      ...rows.map(line),
    ].join('\n'),
  );
}

function machine() {
  const cpus = os.cpus();
  const model = cpus[0]?.model.trim() ?? 'unknown processor';
  return `${os.availableParallelism()} cores (${model}), ${Math.round(os.totalmem() / 2 ** 30)} GB, ${os.platform()}, Node.js ${process.versions.node}`;
}
