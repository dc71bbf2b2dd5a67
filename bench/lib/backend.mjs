import { pathToFileURL } from 'node:url';
import { inRoot } from '../../scripts/lib/paths.mjs';

/**
 * Those modules of the server whose use is checked against their types.
 * @typedef {{
 *   'audio/analysis/sound-analyzer.js': typeof import('../../backend/src/audio/analysis/sound-analyzer.js'),
 *   'audio/ffmpeg-decoder.js': typeof import('../../backend/src/audio/ffmpeg-decoder.js'),
 *   'clap/audio-input.js': typeof import('../../backend/src/clap/audio-input.js'),
 *   'clap/index.js': typeof import('../../backend/src/clap/index.js'),
 *   'clap/session.js': typeof import('../../backend/src/clap/session.js'),
 *   'config.js': typeof import('../../backend/src/config.js'),
 *   'domain/analysis/analysis.types.js': typeof import('../../backend/src/domain/analysis/analysis.types.js'),
 * }} Modules
 */

/**
 * A module of the built server.
 * @template {string} File
 * @param {File} file its path below `backend/dist`
 * @returns {Promise<File extends keyof Modules ? Modules[File] : any>}
 */
export const fromBackend = (file) => import(pathToFileURL(inRoot('backend', 'dist', ...file.split('/'))).href);
