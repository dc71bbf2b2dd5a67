import './lib/node-version.mjs';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inRoot, root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain } from './lib/report.mjs';

await runMain(async () => {
  process.chdir(root);
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  await prepare({ build: ['backend'] });
  const entry = inRoot('backend', 'dist', 'main', 'migrate-store.js');
  process.argv[1] = entry;
  await import(pathToFileURL(entry).href);
  return process.exitCode;
});
