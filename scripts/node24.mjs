import fs from 'node:fs';
import path from 'node:path';
import { prepare } from './lib/prepare.mjs';
import { inCache, inRoot, root } from './lib/paths.mjs';
import { runMain, say, step, Stop } from './lib/report.mjs';
import { collected, openly, quietly } from './lib/run.mjs';

const LINE = 24;
/** The only package compiled against one version of Node.js; the others use an interface that all versions have. */
const COMPILED = 'better-sqlite3';
/** Made anew in the copy instead of linked: what resolves packages from its own place, and what is built. */
const COPIED = ['backend', 'scripts'];
const LEFT_OUT = ['.git', '.cache', 'node_modules', 'data', '.env', ...COPIED];

const place = inCache(`node${LINE}`);
const copy = path.join(place, 'app');

// The unit tests and a smoke of the built server under the Node.js that containers use, whatever runs this. That Node.js comes
// as an npm package with its headers; the repository's own packages stay compiled for the one at hand.
await runMain(async () => {
  await prepare({ programs: true, build: true });
  const runtime = await ensureRuntime();
  if (runtime === null) {
    say(`Left out: Node.js ${LINE} could not be fetched from the npm registry, or is not made for this machine.`);
    return 0;
  }
  const env = { PATH: [path.dirname(runtime.program), process.env.PATH].join(path.delimiter), CI: '1' };
  linkCopy();
  await compile(runtime, env);

  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs');
  /** @type {[string, string[], string][]} */
  const runs = [
    ['unit tests, backend', [vitest, 'run', 'src'], path.join(copy, 'backend')],
    ['unit tests, frontend', [vitest, 'run'], inRoot('frontend')],
    ['smoke', [path.join(copy, 'scripts', 'smoke.mjs')], copy],
  ];
  const failed = [];
  for (const [name, args, cwd] of runs) {
    say(`\n── Node.js ${LINE}: ${name} ──`);
    if ((await openly(runtime.program, args, { cwd, env })) !== 0) failed.push(name);
  }
  if (failed.length > 0) throw new Stop(`Failed under Node.js ${runtime.version}: ${failed.join('; ')}.`);
  say(`\nAll well under Node.js ${runtime.version}.`);
  return 0;
});

/** @returns {Promise<{ program: string, prefix: string, version: string } | null>} */
async function ensureRuntime() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const prefix = path.join(place, 'runtime', 'node_modules', name);
  const program = path.join(prefix, 'bin', 'node');
  if (!fs.existsSync(program)) {
    try {
      fs.mkdirSync(path.join(place, 'runtime'), { recursive: true });
      fs.writeFileSync(path.join(place, 'runtime', 'package.json'), '{ "private": true }\n');
      await step(`Fetching Node.js ${LINE}`, () =>
        quietly('npm', ['install', '--no-fund', '--no-audit', '--fetch-retries=1', `${name}@${LINE}`], {
          log: 'node24-fetch.log',
          cwd: path.join(place, 'runtime'),
          failure: () => 'npm could not fetch it.',
        }),
      );
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      return null;
    }
  }
  const { code, output } = await collected(program, ['--version']);
  return code === 0 ? { program, prefix, version: output.trim().replace(/^v/, '') } : null;
}

/** The repository as it is now: links, but for what must lie in the copy to find the packages there. */
function linkCopy() {
  fs.mkdirSync(path.join(copy, 'node_modules'), { recursive: true });
  for (const name of fs.readdirSync(copy)) {
    if (name !== 'node_modules') fs.rmSync(path.join(copy, name), { recursive: true, force: true });
  }
  for (const name of COPIED) fs.cpSync(inRoot(name), path.join(copy, name), { recursive: true });
  for (const name of fs.readdirSync(root)) {
    if (!LEFT_OUT.includes(name)) fs.symlinkSync(inRoot(name), path.join(copy, name));
  }
  const packages = path.join(copy, 'node_modules');
  for (const name of fs.readdirSync(packages)) {
    if (name !== COMPILED) fs.rmSync(path.join(packages, name), { recursive: true, force: true });
  }
  for (const name of fs.readdirSync(inRoot('node_modules'))) {
    if (name !== COMPILED) fs.symlinkSync(inRoot('node_modules', name), path.join(packages, name));
  }
}

/** Once for each version of the package and of Node.js. */
async function compile({ prefix, version }, env) {
  const target = path.join(copy, 'node_modules', COMPILED);
  const source = inRoot('node_modules', COMPILED);
  const wanted = `${JSON.parse(fs.readFileSync(path.join(source, 'package.json'), 'utf8')).version} ${version}`;
  const stamp = path.join(place, 'compiled');
  if (fs.existsSync(target) && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return;
  fs.rmSync(target, { recursive: true, force: true });
  fs.cpSync(source, target, { recursive: true, filter: (file) => path.basename(file) !== 'build' });
  await step(`Compiling ${COMPILED} for Node.js ${version} (once, a minute or two)`, () =>
    quietly('npm', ['run', 'build-release'], {
      log: 'node24-compile.log',
      cwd: target,
      env: { ...env, npm_config_nodedir: prefix, JOBS: 'max' },
      failure: () => `${COMPILED} could not be compiled for Node.js ${version}. The end of the log:`,
    }),
  );
  fs.writeFileSync(stamp, wanted);
}
