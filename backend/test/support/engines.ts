/** Says that tests of an engine are skipped, and why; null when they run. @param inCI whether CI may do without them */
export function skipped(why: string | null, { inCI }: { inCI: boolean }): string | null {
  if (why === null) return null;
  if (process.env.CI && !inCI) throw new Error(`${why}. CI must not skip its tests.`);
  process.stderr.write(`SKIPPED: ${why}.\n`);
  return why;
}
