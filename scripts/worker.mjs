import './lib/node-version.mjs';
import fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { inRoot, root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain, Stop } from './lib/report.mjs';

const usage = `npm run worker                                          a worker for the Redis, database and storage of the settings
npm run worker -- --server URL --key-file FILE          a worker for a server of which only the API is reached
npm run worker -- --server URL --key KEY                the same; others on this machine may see the key

SERVER_URL and SERVER_KEY in the environment or in .env say the same. The key needs the right "worker".`;

// Loaded into this very process, like the server: signals and the exit code are its own.
await runMain(async () => {
  const called = process.env.INIT_CWD ?? process.cwd();
  process.chdir(root);
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  /** @type {{ server?: string, key?: string, 'key-file'?: string, help?: boolean }} */
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        server: { type: 'string' },
        key: { type: 'string' },
        'key-file': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    throw new Stop(`${/** @type {Error} */ (error).message}\n${usage}`);
  }
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const file = values['key-file'];
  const key = values.key ?? (file && fs.readFileSync(new URL(file, pathToFileURL(`${called}/`)), 'utf8').trim());
  if (values.server) process.env.SERVER_URL = values.server;
  if (key) process.env.SERVER_KEY = key;
  await prepare({ programs: true, build: ['backend'] });
  await import(pathToFileURL(inRoot('backend', 'dist', 'main', 'worker.js')).href);
  return process.exitCode;
});
