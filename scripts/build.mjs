import './lib/node-version.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain, say } from './lib/report.mjs';

// What "npm start" builds, and nothing where it is built already.
await runMain(async () => {
  await prepare({ build: true });
  say('Server and pages are built.');
  return 0;
});
