// While the image is built: writes the hashes of the start page's inline scripts into the Content-Security-Policy, so
// that these scripts run and no others.
//   node allow-inline-scripts.mjs <index.html> <headers.conf>
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const [page, headers] = process.argv.slice(2);
const scripts = [...readFileSync(page, 'utf8').matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)];
const hashes = scripts.map(([, script]) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
const policy = readFileSync(headers, 'utf8');
const placeholder = "script-src 'self'";
if (!policy.includes(placeholder)) throw new Error(`${headers} has no ${placeholder}`);
writeFileSync(headers, policy.replace(placeholder, [placeholder, ...hashes].join(' ')));
