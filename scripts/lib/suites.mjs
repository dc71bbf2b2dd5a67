import fs from 'node:fs';
import path from 'node:path';
import { inCache, inRoot, root } from './paths.mjs';
import { openly } from './run.mjs';

/**
 * `names`: the tests that failed, and those that passed only when repeated, with which.
 * @typedef {{ passed: number, failed: number, skipped: number, names: string[] }} Counts
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
  const { passed, failed, skipped, names } = counts ?? { passed: 0, failed: 0, skipped: 0, names: [] };
  return { passed, skipped, failed: exitCode !== 0 || counts === null ? Math.max(1, failed) : failed, names };
}

/** Node's own runner: the totals at the end of its TAP output. */
export function countTap(tap) {
  const of = (name) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  return {
    passed: of('pass'),
    failed: of('fail') + of('cancelled'),
    skipped: of('skipped') + of('todo'),
    names: [...tap.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name]) => failedTest(name ?? '')),
  };
}

/** Vitest's JSON report. A file that did not load has no tests of its own and counts as one failure. */
export function countVitest(report) {
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
    names: report.testResults.flatMap(namesOfVitest),
  };
}

function namesOfVitest({ name, status, assertionResults }) {
  if (status === 'failed' && assertionResults.length === 0) return [failedTest(name)];
  return assertionResults.flatMap((result) => {
    const test = `${path.basename(name)} › ${result.fullName}`;
    if (result.status === 'failed') return [failedTest(test)];
    return result.failureMessages.length > 0 ? [repeatedTest(test)] : [];
  });
}

/** Playwright's JSON report. A test that passed only when repeated counts as passed. */
export function countPlaywright({ stats, errors, suites: files }) {
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
    names: files.flatMap(namesOfPlaywright),
  };
}

function namesOfPlaywright({ suites: inner = [], specs }) {
  const own = specs.flatMap(({ file, title, tests }) => {
    const test = `${file} › ${title}`;
    if (tests.some(({ status }) => status === 'unexpected')) return [failedTest(test)];
    return tests.some(({ status }) => status === 'flaky') ? [repeatedTest(test)] : [];
  });
  return [...own, ...inner.flatMap(namesOfPlaywright)];
}

/** @param {string} test */
const failedTest = (test) => `failed: ${test}`;

/** @param {string} test */
const repeatedTest = (test) => `passed only when repeated: ${test}`;

/**
 * @param {Counts[]} all
 * @returns {Counts}
 */
export const sum = (all) => ({
  passed: total(all.map(({ passed }) => passed)),
  failed: total(all.map(({ failed }) => failed)),
  skipped: total(all.map(({ skipped }) => skipped)),
  names: all.flatMap(({ names }) => names),
});

/** @param {number[]} numbers */
const total = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** @param {Counts} counts */
export const inWords = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
