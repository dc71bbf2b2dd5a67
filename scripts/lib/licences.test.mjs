import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditProblems, isAllowed, licenceProblems } from './licences.mjs';

test('of a choice one licence must be allowed, of several together every one', () => {
  assert.equal(isAllowed('MIT'), true);
  assert.equal(isAllowed('(GPL-3.0-only OR MIT)'), true);
  assert.equal(isAllowed('MIT AND GPL-3.0-only'), false);
  assert.equal(isAllowed('(MIT OR GPL-2.0-only) AND (ISC OR Apache-2.0)'), true);
  assert.equal(isAllowed('GPL-3.0-only'), false);
  assert.equal(isAllowed('SEE LICENSE IN LICENSE.txt'), false);
  assert.equal(isAllowed('(MIT'), false);
  assert.equal(isAllowed(''), false);
});

test('a package is named whose licence is foreign, or that states none', () => {
  const packages = {
    '': {},
    backend: {},
    'node_modules/@traum/backend': { link: true },
    'node_modules/a': { license: 'MIT' },
    'node_modules/a/node_modules/b': { license: 'AGPL-3.0-only' },
    'node_modules/old': {},
    'node_modules/silent': {},
    'node_modules/codec-parser': { license: 'LGPL-3.0-or-later' },
    'node_modules/other': { license: 'LGPL-3.0-or-later' },
  };
  const manifests = { 'node_modules/old': { licenses: [{ type: 'MIT' }] } };
  const problems = licenceProblems(packages, (place) => manifests[place] ?? null);
  assert.deepEqual(
    problems.map((line) => line.split(' ')[0]),
    ['b', 'silent', 'other'],
  );
});

test('known vulnerabilities count from "high" on; where nobody can be asked, nothing is said', () => {
  const found = (severity) => ({
    name: 'x',
    severity,
    range: '<2',
    via: [{ title: 'Bad', url: 'https://example.org' }],
  });
  assert.deepEqual(auditProblems(JSON.stringify({ vulnerabilities: { x: found('moderate') } })), { problems: [] });
  assert.equal(auditProblems(JSON.stringify({ vulnerabilities: { x: found('high') } }))?.problems.length, 1);
  assert.equal(auditProblems('npm error audit endpoint returned an error\n{ "message": "405" }'), null);
  assert.equal(auditProblems('npm error network'), null);
});
