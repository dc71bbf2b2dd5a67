import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

// Puts what each process and thread starts with into few files, in place of the compiled entry points (docs/adr/0040):
// reading some eight hundred modules one by one was most of a start. Everything else in dist stays as the compiler wrote it.

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, 'src');
const target = path.join(path.resolve(process.argv[2] ?? path.join(here, 'dist')), 'main');

/** Packages of many small modules that every start reads. Whatever is native, finds files beside itself, or is seldom needed stays a package. */
const BUNDLED = [
  'kysely',
  'zod',
  'hono',
  '@hono/node-server',
  '@hono/zod-openapi',
  '@hono/zod-validator',
  '@asteasolutions/zod-to-openapi',
  'openapi3-ts',
  'openid-client',
  'oauth4webapi',
  'jose',
];

const nameOf = (id) => id.split('/', id.startsWith('@') ? 2 : 1).join('/');
const isOurs = (id) => id.startsWith('.') || path.isAbsolute(id);

/** Entry points by their names: programs, and threads, which are started by the name beside `import.meta.url` and so lie together with whoever starts them. */
function entries() {
  const files = fs
    .readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^main[\\/][^\\/]+\.ts$|\.worker\.ts$/.test(file) && !file.endsWith('.test.ts'));
  const found = new Map();
  for (const file of files) {
    const name = path.basename(file, '.ts');
    if (found.has(name)) throw new Error(`Two entry points are named ${name}: ${file} needs another name.`);
    found.set(name, path.join(source, file));
  }
  return Object.fromEntries(found);
}

const bundle = await rolldown({
  input: entries(),
  platform: 'node',
  external: (id) => !isOurs(id) && !BUNDLED.includes(nameOf(id)),
});
fs.rmSync(target, { recursive: true, force: true });
await bundle.write({
  dir: target,
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'part-[name]-[hash].js',
});
await bundle.close();
