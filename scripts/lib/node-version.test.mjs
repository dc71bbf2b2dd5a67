import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeProblem } from './node-version.mjs';

test('20.19 is the floor, and the message says so', () => {
  for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0-nightly']) assert.equal(nodeProblem(version), null);
  for (const version of ['20.18.3', '18.20.0', '12.0.0'])
    assert.match(nodeProblem(version) ?? '', /20\.19 or newer; this is/);
});
