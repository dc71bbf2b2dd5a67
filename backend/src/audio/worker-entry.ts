/**
 * The compiled module of a thread; run from TypeScript sources (tests), the source itself through a loader for them.
 * @param from `import.meta.url` of whoever starts it
 * @param name of the module beside that, without ending
 */
export function workerEntry(from: string, name: string): { file: URL; execArgv: string[] } {
  if (!from.endsWith('.ts')) return { file: new URL(`./${name}.js`, from), execArgv: [] };
  const loader = new URL('../../test/typescript-worker.mjs', import.meta.url).href;
  return { file: new URL(`./${name}.ts`, from), execArgv: ['--import', loader] };
}
