import fs from 'node:fs';

/**
 * Rows of a CSV file by the names in its first line. Fields may be quoted; a field does not go over lines.
 * @param {string} file
 * @returns {Record<string, string>[]}
 */
export function readCsv(file) {
  const [header, ...lines] = fs.readFileSync(file, 'utf8').trim().split(/\r?\n/).map(fields);
  return lines.map((line) => Object.fromEntries(header.map((name, i) => [name, line[i] ?? ''])));
}

const fields = (line) =>
  [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain,
  );
