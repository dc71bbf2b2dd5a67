import fs from 'node:fs';
import { inCache, inRoot, root } from './paths.mjs';
import { step } from './report.mjs';
import { quietly } from './run.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

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
    entry: 'backend/dist/main/serve.js',
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
    entry: 'frontend/build/index.html',
  },
];

const isTest = (name) => /\.(test|spec)\.[jt]s$/.test(name);

const stampOf = (part) => inCache(`build-${part.name}.stamp`);
const wantedOf = (part) => hashOf(root, part.inputs, (name) => !isTest(name));
const isCurrent = (part) => readStamp(stampOf(part)) === wantedOf(part) && fs.existsSync(inRoot(part.entry));

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
      // Left-overs of deleted sources must not be served or loaded.
      fs.rmSync(inRoot(part.output), { recursive: true, force: true });
      await quietly('npm', ['run', '--silent', 'build', '-w', part.name], {
        log: `build-${part.name}.log`,
        failure: () => `The ${part.name} could not be built. The end of the log:`,
      });
      writeStamp(stampOf(part), wanted);
    });
  }
}
