import './lib/node-version.mjs';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { inRoot, root } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { runMain, say } from './lib/report.mjs';

// For developers: the TypeScript compiler, the server and Vite, each following the sources.
await runMain(async () => {
  process.chdir(root);
  if (fs.existsSync('.env')) process.loadEnvFile('.env');
  await prepare({ programs: true, build: true });

  const start = (program, args, cwd = root) => spawn(program, args, { cwd, stdio: 'inherit' });
  const children = [
    start('npx', ['tsc', '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'], inRoot('backend')),
    start(process.execPath, ['--watch', inRoot('backend', 'dist', 'main', 'serve.js')]),
    start('npx', ['vite', 'dev'], inRoot('frontend')),
  ];
  say('Pages with live reload: http://localhost:5173 (Vite passes /api on to the server)');

  const stop = () => children.forEach((child) => child.kill('SIGTERM'));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  await Promise.all(children.map((child) => new Promise((resolve) => child.once('close', resolve))));
});
