import './lib/node-version.mjs';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inRoot, root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain } from './lib/report.mjs';

// The server is loaded into this very process: signals and the exit code are its own, with nothing in between.
await runMain(async () => {
  process.chdir(root);
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  await prepare({ programs: true, build: true });
  process.env.STATIC_DIR ||= inRoot('frontend', 'build');
  const entry = inRoot('backend', 'dist', 'main', 'serve.js');
  process.argv[1] = entry;
  await import(pathToFileURL(entry).href);
});
