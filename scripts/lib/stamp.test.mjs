import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { hashOf } from './stamp.mjs';

let base;
before(() => {
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-stamp-'));
  fs.mkdirSync(path.join(base, 'src', 'deep'), { recursive: true });
  fs.writeFileSync(path.join(base, 'src', 'a.ts'), 'a');
  fs.writeFileSync(path.join(base, 'src', 'deep', 'b.ts'), 'b');
});
after(() => fs.rmSync(base, { recursive: true }));

test('changes with content, names and missing files, not with files left out', () => {
  const hash = () => hashOf(base, ['src', 'config.json'], (name) => !name.endsWith('.test.ts'));
  const seen = [hash()];
  assert.equal(hash(), seen[0]);

  fs.writeFileSync(path.join(base, 'src', 'a.test.ts'), 'test');
  assert.equal(hash(), seen[0]);

  fs.writeFileSync(path.join(base, 'src', 'deep', 'b.ts'), 'changed');
  seen.push(hash());
  fs.renameSync(path.join(base, 'src', 'a.ts'), path.join(base, 'src', 'c.ts'));
  seen.push(hash());
  fs.writeFileSync(path.join(base, 'config.json'), '{}');
  seen.push(hash());
  assert.equal(new Set(seen).size, 4);
});
