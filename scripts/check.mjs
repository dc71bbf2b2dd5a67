import './lib/node-version.mjs';
import { checks } from './lib/checks.mjs';
import { prepare } from './lib/prepare.mjs';
import { dim, green, red, runMain, say, seconds, Stop } from './lib/report.mjs';

// Exactly what CI demands of the source. Every check runs, also after one failed; the summary comes last.
await runMain(async () => {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !checks.some((check) => check.name === name));
  if (unknown)
    throw new Stop(`There is no check "${unknown}". There are: ${checks.map((check) => check.name).join(', ')}.`);
  const chosen = names.length > 0 ? checks.filter((check) => names.includes(check.name)) : checks;

  await prepare();

  const lines = [];
  let failures = 0;
  for (const check of chosen) {
    const started = Date.now();
    const { ok, output, skipped } = await check.run();
    if (!ok) failures += 1;
    const mark = skipped ? dim('–') : ok ? green('✓') : red('✗');
    const time = dim(`(${seconds(Date.now() - started)})`);
    const line = `${mark} ${check.name.padEnd(10)} ${check.title}${skipped ? dim(`: left out, ${skipped}`) : ` ${time}`}`;
    lines.push(line);
    say(line);
    if (!ok) say(`${output.trimEnd()}\n`);
  }

  say(`\n── checks ──\n${lines.join('\n')}`);
  say(failures === 0 ? 'All checks passed.' : `${failures} of ${chosen.length} checks failed.`);
  return failures === 0 ? 0 : 1;
});
