import './lib/node-version.mjs';
import { ensureEngines } from './engines/programs.mjs';
import { prepare } from './lib/prepare.mjs';
import { bold, runMain, say, seconds, Stop } from './lib/report.mjs';
import { inWords, suites, sum } from './lib/suites.mjs';

const usage = `npm test                 everything
npm test -- --unit       all but the browser
npm test -- --e2e        only the browser`;

// Brings everything the tests need, runs every suite even when one fails, and ends with the totals.
await runMain(async () => {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => !['--unit', '--e2e'].includes(arg));
  if (unknown) throw new Stop(`"${unknown}" is not an option here.\n${usage}`);
  const everything = args.length === 0;
  const unit = everything || args.includes('--unit');
  const e2e = everything || args.includes('--e2e');

  const { chromium } = await prepare({ programs: true, build: true, chromium: e2e });
  if (unit) await ensureEngines();

  const results = [];
  for (const suite of suites({ unit, e2e, chromium })) {
    say(`\n${bold(`── ${suite.name} ──`)}`);
    const started = Date.now();
    const counts = await suite.run();
    results.push({ name: suite.name, counts, ms: Date.now() - started });
  }

  const total = sum(results.map((result) => result.counts));
  say(`\n${bold('── results ──')}`);
  for (const { name, counts, ms } of results) say(`${name.padEnd(10)} ${inWords(counts)} (${seconds(ms)})`);
  // Named here again: of a long run often only the end is at hand.
  for (const name of total.names) say(name);
  say(inWords(total));
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
});
