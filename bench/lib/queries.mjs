import fs from 'node:fs';
import { readCsv } from './csv.mjs';

/**
 * Queries with the files that answer them.
 * @param {string} file CSV with the columns `query,relevant` (paths with ; between)
 */
export const readQueries = (file) =>
  readCsv(file).map(({ query, relevant }) => ({ query, relevant: relevant.split(';') }));

/** The lines of a text file that say something; those with # in front are remarks. */
export const readLines = (file) =>
  fs
    .readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
