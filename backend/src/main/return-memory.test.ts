import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { RETURN_MEMORY } from './return-memory.js';

it.each(['package.json', 'Dockerfile.backend', 'deploy/env'])('%s starts programs that give memory back', (file) => {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  for (const [name, value] of Object.entries(RETURN_MEMORY)) expect(text).toMatch(new RegExp(`\\b${name}=${value}\\b`));
});
