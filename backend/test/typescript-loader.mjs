// Module hooks: `./x.js` in a TypeScript source means `./x.ts`, and types are stripped on the way. Each worker thread
// has hooks of its own; what one has compiled is kept in a file, so that the others need not load the compiler.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';

const cache = new URL('../../node_modules/.cache/traum-typescript-worker/', import.meta.url);

export function resolve(specifier, context, next) {
  const fromSource = context.parentURL?.endsWith('.ts') && /^\.{1,2}\/.*\.js$/.test(specifier);
  return next(fromSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const typescript = await readFile(new URL(url), 'utf8');
  const key = createHash('sha256').update(url).update(typescript).digest('hex');
  const compiled = new URL(`${key}.js`, cache);
  const source = await readFile(compiled, 'utf8').catch(() => compile(url, typescript, compiled));
  return { format: 'module', source, shortCircuit: true };
}

async function compile(fileName, typescript, target) {
  const { default: ts } = await import('typescript');
  const { outputText } = ts.transpileModule(typescript, {
    fileName,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
  });
  await keep(target, outputText).catch(() => undefined);
  return outputText;
}

/** Under a temporary name first: another thread may read at any moment. Where nothing can be written, each compiles anew. */
async function keep(target, source) {
  await mkdir(cache, { recursive: true });
  const temporary = new URL(`${target.href}.${process.pid}.${Math.random().toString(36).slice(2)}`);
  await writeFile(temporary, source);
  await rename(temporary, target);
}
