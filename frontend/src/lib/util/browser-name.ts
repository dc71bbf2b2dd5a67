const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\/\d+/, 'Edge'],
  [/\bOPR\/\d+/, 'Opera'],
  [/\bFirefox\/\d+|\bFxiOS\/\d+/, 'Firefox'],
  [/\b(?:Headless)?Chrome\/\d+|\bCriOS\/\d+/, 'Chrome'],
  [/\bSafari\/\d+/, 'Safari'],
  [/^curl\//, 'curl'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

/** What people call the browser that calls itself so; null where there is no name for it. */
export function browserName(agent: string): string | null {
  const [browser, system] = [BROWSERS, SYSTEMS].map((list) => list.find(([pattern]) => pattern.test(agent))?.[1]);
  if (browser === undefined) return agent.slice(0, 60) || null;
  return system === undefined ? browser : `${browser}, ${system}`;
}
