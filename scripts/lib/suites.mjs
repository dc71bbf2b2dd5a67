import fs from 'node:fs';
import path from 'node:path';
import { inCache, inRoot, root } from './paths.mjs';
import { openly } from './run.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ name: string, run: () => Promise<Counts> }} Suite
 */

/**
 * The suites in the order they run: quick ones first.
 * @param {{ unit: boolean, e2e: boolean, chromium: string | null }} options
 * @returns {Suite[]}
 */
export function suites({ unit, e2e, chromium }) {
  const list = [];
  if (unit) {
    list.push({ name: 'scripts', run: runNodeTests });
    list.push({ name: 'backend', run: () => runVitest('backend') });
    if (hasUnitTests('frontend/src')) list.push({ name: 'frontend', run: () => runVitest('frontend') });
  }
  if (e2e) list.push({ name: 'browser', run: () => runPlaywright(chromium) });
  return list;
}

/** @param {string} folder */
const hasUnitTests = (folder) => filesBelow(inRoot(folder)).some((file) => file.endsWith('.test.ts'));

/** @returns {string[]} */
const filesBelow = (folder) =>
  fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name));

/** @param {string} name */
function freshReport(name) {
  const file = inCache('test', name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.rmSync(file, { force: true });
  return file;
}

async function runNodeTests() {
  const report = freshReport('scripts.tap');
  const files = ['scripts', 'bench']
    .flatMap((folder) => filesBelow(inRoot(folder)))
    .filter((file) => file.endsWith('.test.mjs'));
  const reporters = ['spec', 'stdout', 'tap', report];
  const code = await openly(process.execPath, [
    '--test',
    ...reporters.map((value, i) => `--test-reporter${i % 2 ? '-destination' : ''}=${value}`),
    ...files,
  ]);
  return honest(code, fs.existsSync(report) ? countTap(fs.readFileSync(report, 'utf8')) : null);
}

/** @param {string} workspace */
async function runVitest(workspace) {
  const report = freshReport(`${workspace}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await openly('npx', ['vitest', 'run', ...reporters], { cwd: inRoot(workspace) });
  return honest(code, readJson(report, countVitest));
}

/** @param {string | null} chromium */
async function runPlaywright(chromium) {
  const report = freshReport('browser.json');
  const code = await openly('npx', ['playwright', 'test', '--reporter=list,json'], {
    cwd: path.join(root, 'frontend'),
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report, CHROMIUM_PATH: chromium ?? undefined },
  });
  return honest(code, readJson(report, countPlaywright));
}

function readJson(file, count) {
  return fs.existsSync(file) ? count(JSON.parse(fs.readFileSync(file, 'utf8'))) : null;
}

/**
 * A suite that failed without a failed test (it did not load, or broke after the last test) still counts as failed.
 * @param {number} exitCode
 * @param {Counts | null} counts
 * @returns {Counts}
 */
export function honest(exitCode, counts) {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  return { passed, skipped, failed: exitCode !== 0 || counts === null ? Math.max(1, failed) : failed };
}

/** Node's own runner: the totals at the end of its TAP output. */
export function countTap(tap) {
  const total = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  return {
    passed: total('pass'),
    failed: total('fail') + total('cancelled'),
    skipped: total('skipped') + total('todo'),
  };
}

/** Vitest's JSON report. A file that did not load has no tests of its own and counts as one failure. */
export function countVitest(report) {
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Playwright's JSON report. A test that passed only when repeated counts as passed. */
export function countPlaywright({ stats, errors }) {
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  };
}

/**
 * @param {Counts[]} all
 * @returns {Counts}
 */
export const sum = (all) =>
  all.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }), {
    passed: 0,
    failed: 0,
    skipped: 0,
  });

/** @param {Counts} counts */
export const inWords = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
