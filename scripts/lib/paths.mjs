import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** Logs, stamps and the lock of these scripts; ignored by git and safe to delete. */
export const cacheDir = path.join(root, '.cache');

/** @param {...string} parts */
export const inRoot = (...parts) => path.join(root, ...parts);

/** @param {...string} parts */
export const inCache = (...parts) => path.join(cacheDir, ...parts);
