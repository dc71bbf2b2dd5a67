/** The compiled module of a thread; run from TypeScript sources (tests), the source itself through a loader for them. */
export function workerEntry(name: string): { file: URL; execArgv: string[] } {
  if (!import.meta.url.endsWith('.ts')) return { file: new URL(`./${name}.js`, import.meta.url), execArgv: [] };
  const loader = new URL('../../../../test/typescript-worker.mjs', import.meta.url).href;
  return { file: new URL(`./${name}.ts`, import.meta.url), execArgv: ['--import', loader] };
}
