import './lib/node-version.mjs';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DRILLS } from './drill/drills.mjs';
import { Skip } from './drill/skip.mjs';
import { Missing } from './engines/programs.mjs';
import { green, red, runMain, say } from './lib/report.mjs';

const USAGE = `npm run drill                      all fault drills: half an hour and more
npm run drill -- kills torn        only these, of ${Object.keys(DRILLS).join(', ')}
npm run drill -- --quick           a few minutes: fewer sounds, kills and seconds
  --seed N          other moments and sounds; the same number gives the same
  --report FILE     writes what was found as JSON`;

await runMain(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      report: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const odd = positionals.filter((name) => !(name in DRILLS));
  if (values.help || odd.length > 0) {
    say(odd.length > 0 ? `There is no drill "${odd[0]}".\n\n${USAGE}` : USAGE);
    return odd.length > 0 ? 2 : 0;
  }

  const size = values.quick ? { sounds: 30, kills: 6, outageS: 12 } : { sounds: 200, kills: 50, outageS: 60 };
  const report = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(DRILLS)) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), `traum-drill-${name}-`));
    const began = Date.now();
    const entry = {
      drill: name,
      seed: Number(values.seed),
      ...size,
      faults: /** @type {string[]} */ ([]),
      notes: /** @type {string[]} */ ([]),
      skipped: false,
      seconds: 0,
    };
    say(`\n${name} …`);
    try {
      const setting = { folder, seed: entry.seed, ...size, say: (text) => say(`  ${text}`) };
      Object.assign(entry, await DRILLS[name]?.(setting));
    } catch (error) {
      if (error instanceof Skip || error instanceof Missing)
        Object.assign(entry, { skipped: true, notes: [error.message] });
      else entry.faults.push(error.stack ?? String(error));
    }
    entry.seconds = Math.round((Date.now() - began) / 1000);
    for (const note of entry.notes) say(`  ${entry.skipped ? 'not done: ' : ''}${note}`);
    for (const fault of entry.faults) say(`  ${red('✗')} ${fault}`);
    if (entry.faults.length === 0) {
      if (!entry.skipped) say(`  ${green('✓')} nothing lost, nothing twice, nothing left over (${entry.seconds} s)`);
      fs.rmSync(folder, { recursive: true, force: true });
    } else say(`  Its data and log stay in ${folder}`);
    report.push(entry);
  }
  if (values.report) fs.writeFileSync(values.report, `${JSON.stringify(report, null, 2)}\n`);
  return report.some(({ faults }) => faults.length > 0) ? 1 : 0;
});
