const CREATIVE_COMMONS = /creativecommons\.org\/(licenses|publicdomain)\/([a-z+-]+)(?:\/(\d\.\d))?/i;

/** The terms as people call them, where the text gives the address of a Creative Commons licence: `CC BY-SA 4.0`; else as it is. */
export function licenceName(text: string): string {
  const [, area, code = '', version = ''] = CREATIVE_COMMONS.exec(text) ?? [];
  if (area === undefined) return text;
  const name = /^licenses$/i.test(area) ? `CC ${code.toUpperCase()}` : /^zero$/i.test(code) ? 'CC0' : 'Public Domain';
  return name === 'Public Domain' ? name : `${name} ${version}`.trim();
}
