/** Licences whose terms a program under the MIT licence can meet by naming them. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
]);
/** Others, each looked at: used as they are, as packages of their own that anybody can replace. */
const EXCEPTIONS = {
  '@axe-core/playwright': 'MPL-2.0',
  'axe-core': 'MPL-2.0',
  'codec-parser': 'LGPL-3.0-or-later',
  lightningcss: 'MPL-2.0',
};

/**
 * Packages of a lockfile whose licence is not among those that are allowed.
 * @param {Record<string, { license?: string, link?: boolean }>} packages by their place, as in package-lock.json
 * @param {(place: string) => any} manifestOf reads the package.json there; null where it is not installed
 * @returns {string[]} a line for each
 */
export function licenceProblems(packages, manifestOf) {
  return Object.entries(packages).flatMap(([place, { license, link }]) => {
    if (!place.includes('node_modules/') || link) return [];
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const stated = license ?? statedIn(manifestOf(place));
    if (!stated) return [`${name} states no licence.`];
    const family = name.replace(/^lightningcss-.*$/, 'lightningcss');
    if (isAllowed(stated) || EXCEPTIONS[family] === stated) return [];
    return [`${name} is licensed as ${stated}, which is not on the list of scripts/lib/licences.mjs.`];
  });
}

/** Also as old packages write it: an object, or a list of them. */
function statedIn(manifest) {
  const found = [manifest?.license ?? manifest?.licenses ?? []].flat();
  return found.map((one) => (typeof one === 'string' ? one : one.type)).join(' AND ');
}

/** An SPDX expression: of `OR` one part must be allowed, of `AND` every one. @param {string} expression */
export function isAllowed(expression) {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const either = () => {
    let result = both();
    while (tokens[at] === 'OR') {
      at++;
      result = both() || result;
    }
    return result;
  };
  const both = () => {
    let result = one();
    while (tokens[at] === 'AND') {
      at++;
      result = one() && result;
    }
    return result;
  };
  const one = () => {
    if (tokens[at] !== '(') return ALLOWED.has(tokens[at++] ?? '');
    at++;
    const result = either();
    return tokens[at++] === ')' && result;
  };
  const result = either();
  return result && at === tokens.length;
}

/**
 * What `npm audit --json` says about packages that are shipped.
 * @param {string} output
 * @returns {{ problems: string[] } | null} null where it could not be asked
 */
export function auditProblems(output) {
  let report;
  try {
    report = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  } catch {
    return null;
  }
  if (!report.vulnerabilities) return null;
  const serious = Object.values(report.vulnerabilities).filter(({ severity }) =>
    ['high', 'critical'].includes(severity),
  );
  return {
    problems: serious.map(({ name, severity, range, via }) => {
      const why = via.map((one) => (typeof one === 'string' ? `through ${one}` : `${one.title} ${one.url}`)).join('; ');
      return `${name} ${range}: ${severity}; ${why}`;
    }),
  };
}
