import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { step, Stop } from './report.mjs';

test('a step that takes long says that it goes on, and how far it is, until it has ended', async () => {
  /** @type {string[]} */
  const lines = [];
  const more = { stillMs: 50, tell: (/** @type {string} */ line) => void lines.push(line) };
  let far = 0;
  await step('Installing', () => after(130), { ...more, doing: () => `${++far} of 9 packages` });
  await assert.rejects(
    step('Failing', () => Promise.reject(new Stop('no')), more),
    /no/,
  );
  const said = lines.length;
  await after(120);
  assert.equal(lines.length, said);
  assert.match(lines[1] ?? '', /… goes on after \d\.\d s: 1 of 9 packages/);
  assert.match(lines.at(-2) ?? '', /Installing .*s\)/);
  assert.match(lines.at(-1) ?? '', /Failing …$/);
});
