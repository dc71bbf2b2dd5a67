import './lib/node-version.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain, say } from './lib/report.mjs';

await runMain(async () => {
  await prepare({ programs: true, build: true });
  say('Everything is here. Start it with: npm start');
});
