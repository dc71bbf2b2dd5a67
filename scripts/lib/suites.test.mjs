import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countPlaywright, countTap, countVitest, honest, inWords, sum } from './suites.mjs';

test('totals of the three runners', () => {
  const tap = '# tests 6\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n';
  const vitest = {
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 2,
    numTodoTests: 0,
    testResults: [
      { status: 'passed', assertionResults: [{}] },
      { status: 'failed', assertionResults: [] },
    ],
  };
  const playwright = { stats: { expected: 4, flaky: 1, unexpected: 0, skipped: 0 }, errors: [] };
  const all = [countTap(tap), countVitest(vitest), countPlaywright(playwright)];
  assert.equal(inWords(sum(all)), '13 passed, 3 failed, 3 skipped');
});

test('a suite that breaks without a failed test counts as failed', () => {
  assert.equal(honest(1, { passed: 3, failed: 0, skipped: 0 }).failed, 1);
  assert.equal(honest(0, null).failed, 1);
  assert.equal(honest(1, { passed: 3, failed: 2, skipped: 0 }).failed, 2);
  assert.equal(honest(0, { passed: 3, failed: 0, skipped: 0 }).failed, 0);
});
