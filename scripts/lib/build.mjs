import fs from 'node:fs';
import { inCache, inRoot, root } from './paths.mjs';
import { step } from './report.mjs';
import { quietly } from './run.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

/**
 * @typedef {{
 *   name: string, title: string, inputs: string[], output: string, entry: string,
 *   steps: (output: string) => [program: string, args: string[], env?: Record<string, string>][],
 * }} Part `entry`: what must be there in `output`; `steps`: what makes it in a folder
 */

/** @type {Part[]} */
const parts = [
  {
    name: 'backend',
    title: 'Building the server',
    inputs: [
      'package-lock.json',
      'backend/package.json',
      'backend/tsconfig.json',
      'backend/tsconfig.build.json',
      'backend/bundle.mjs',
      'backend/src',
    ],
    output: 'backend/dist',
    entry: 'main/serve.js',
    steps: (output) => [
      [inRoot('node_modules', '.bin', 'tsc'), ['-p', 'backend/tsconfig.build.json', '--outDir', output]],
      [process.execPath, ['backend/bundle.mjs', output]],
    ],
  },
  {
    name: 'frontend',
    title: 'Building the pages',
    inputs: [
      'package-lock.json',
      'frontend/package.json',
      'frontend/tsconfig.json',
      'frontend/svelte.config.js',
      'frontend/vite.config.ts',
      'frontend/src',
      'frontend/static',
    ],
    output: 'frontend/build',
    entry: 'index.html',
    steps: (output) => [['npm', ['run', '--silent', 'build', '-w', 'frontend'], { BUILD_DIR: output }]],
  },
];

const isTest = (name) => /\.(test|spec)\.[jt]s$/.test(name);

const stampOf = (part) => inCache(`build-${part.name}.stamp`);
const wantedOf = (part) => hashOf(root, part.inputs, (name) => !isTest(name));
const isCurrent = (part) =>
  readStamp(stampOf(part)) === wantedOf(part) && fs.existsSync(inRoot(part.output, part.entry));

/**
 * Whether server and pages are built from the present sources.
 * @param {string[]} [names] only these
 */
export const isBuilt = (names = parts.map(({ name }) => name)) =>
  parts.filter(({ name }) => names.includes(name)).every(isCurrent);

/**
 * Builds server and pages where their sources changed since the last build.
 * @param {string[]} [names] only these
 */
export async function ensureBuild(names = parts.map(({ name }) => name)) {
  for (const part of parts.filter(({ name }) => names.includes(name))) {
    if (isCurrent(part)) continue;
    const wanted = wantedOf(part);
    await step(part.title, async () => {
      // Beside what is there, which may be running, and which a build that is broken off must leave as it was.
      const output = inRoot(part.output);
      const [made, former] = [`${output}.new`, `${output}.old`];
      for (const left of [made, former]) fs.rmSync(left, { recursive: true, force: true });
      for (const [program, args, env] of part.steps(made)) {
        await quietly(program, args, {
          log: `build-${part.name}.log`,
          env,
          failure: () => `The ${part.name} could not be built. The end of the log:`,
        });
      }
      if (fs.existsSync(output)) fs.renameSync(output, former);
      fs.renameSync(made, output);
      writeStamp(stampOf(part), wanted);
      fs.rmSync(former, { recursive: true, force: true });
    });
  }
}
