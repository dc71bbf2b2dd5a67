import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../http/openapi.js';

/** Writes the OpenAPI description to the root of the repository; with `--check` only fails when it differs. */
const target = fileURLToPath(new URL('../../../openapi.json', import.meta.url));
const text = `${JSON.stringify(openApiDocument(), null, 2)}\n`;

if (process.argv.includes('--check')) {
  const committed = await readFile(target, 'utf8').catch(() => '');
  if (committed !== text) {
    process.stderr.write('openapi.json is out of date: run "npm run openapi" and commit the result.\n');
    process.exitCode = 1;
  }
} else {
  await writeFile(target, text);
}
