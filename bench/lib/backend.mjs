import { pathToFileURL } from 'node:url';
import { inRoot } from '../../scripts/lib/paths.mjs';

/**
 * A module of the built server.
 * @param {string} file its path below `backend/dist`
 */
export const fromBackend = (file) => import(pathToFileURL(inRoot('backend', 'dist', ...file.split('/'))).href);
