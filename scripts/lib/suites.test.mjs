import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countPlaywright, countTap, countVitest, honest, inWords, sum } from './suites.mjs';

test('totals of the three runners', () => {
  const tap =
    'ok 1 - well\n    not ok 2 - not well\n# tests 6\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n';
  const vitest = {
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 2,
    numTodoTests: 0,
    testResults: [
      {
        name: '/src/a.test.ts',
        status: 'passed',
        assertionResults: [
          { status: 'passed', fullName: 'is well', failureMessages: [] },
          { status: 'passed', fullName: 'is slow', failureMessages: ['too late'] },
        ],
      },
      { name: '/src/b.test.ts', status: 'failed', assertionResults: [] },
    ],
  };
  const playwright = {
    stats: { expected: 4, flaky: 1, unexpected: 0, skipped: 0 },
    errors: [],
    suites: [
      {
        specs: [{ file: 'home.spec.ts', title: 'opens', tests: [{ status: 'expected' }] }],
        suites: [{ specs: [{ file: 'home.spec.ts', title: 'plays', tests: [{ status: 'flaky' }] }] }],
      },
    ],
  };
  const all = [countTap(tap), countVitest(vitest), countPlaywright(playwright)];
  assert.equal(inWords(sum(all)), '13 passed, 3 failed, 3 skipped');
  assert.deepEqual(sum(all).names, [
    'failed: not well',
    'passed only when repeated: a.test.ts › is slow',
    'failed: /src/b.test.ts',
    'passed only when repeated: home.spec.ts › plays',
  ]);
});

test('a suite that breaks without a failed test counts as failed', () => {
  assert.equal(honest(1, { passed: 3, failed: 0, skipped: 0, names: [] }).failed, 1);
  assert.equal(honest(0, null).failed, 1);
  assert.equal(honest(1, { passed: 3, failed: 2, skipped: 0, names: [] }).failed, 2);
  assert.equal(honest(0, { passed: 3, failed: 0, skipped: 0, names: [] }).failed, 0);
});
