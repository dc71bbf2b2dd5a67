import fs from 'node:fs';

/**
 * Queries with the files that answer them. They contain no quoted commas; the list of files is everything after the last
 * comma.
 * @param {string} file CSV with the columns `query,relevant` (paths with ; between)
 */
export function readQueries(file) {
  const [, ...lines] = fs.readFileSync(file, 'utf8').trim().split(/\r?\n/);
  return lines.map((line) => {
    const comma = line.lastIndexOf(',');
    return { query: line.slice(0, comma).replace(/^"|"$/g, ''), relevant: line.slice(comma + 1).split(';') };
  });
}

/** The lines of a text file that say something; those with # in front are remarks. */
export const readLines = (file) =>
  fs
    .readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
