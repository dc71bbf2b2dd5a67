import fs from 'node:fs';
import path from 'node:path';
import { freePorts } from '../lib/ports.mjs';
import { Engine } from './engine.mjs';
import { Missing, NO_S3, weedProgram } from './programs.mjs';

const credentials = { accessKeyId: 'traum', secretAccessKey: 'a-secret-of-tests' };

/**
 * A store of one's own that speaks S3: SeaweedFS on loopback.
 * @param {string} folder in which it makes one for itself
 */
export async function startS3(folder) {
  const weed = weedProgram();
  if (weed === null) throw new Missing(NO_S3);
  const place = path.join(folder, 's3');
  fs.mkdirSync(place);
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = credentials;
  const identities = [{ name: 'traum', credentials: [{ accessKey, secretKey }], actions: ['Admin'] }];
  fs.writeFileSync(path.join(place, 's3.json'), JSON.stringify({ identities }));
  const parts = ['s3', 'master', 'volume', 'filer'].flatMap((part) => [`${part}.port`, `${part}.port.grpc`]);
  const free = await freePorts(parts.length);
  /** @type {Record<string, number | undefined>} */
  const ports = Object.fromEntries(parts.map((part, at) => [part, free[at]]));
  const settings = {
    ip: '127.0.0.1',
    'ip.bind': '127.0.0.1',
    dir: place,
    s3: true,
    's3.config': path.join(place, 's3.json'),
    's3.port.iceberg': 0,
    's3.port.lance': 0,
    's3.iam': false,
    'master.volumeSizeLimitMB': 256,
    'volume.max': 100,
    ...ports,
  };
  const endpoint = `http://127.0.0.1:${ports['s3.port']}`;
  const engine = new Engine({
    command: weed,
    args: ['server', ...Object.entries(settings).map(([name, value]) => `-${name}=${value}`)],
    options: () => ({ cwd: place }),
    // It answers before it can store anything.
    isUp: async () => {
      const body = new FormData();
      body.append('file', new Blob(['probe']), 'file');
      const { ok } = await fetch(`${endpoint}/status`);
      const probe = `http://127.0.0.1:${ports['filer.port']}/probe/file`;
      return ok && (await fetch(probe, { method: 'POST', body })).ok;
    },
  });
  await engine.start();
  /** The settings of a program that keeps its files here. */
  const env = (bucket = 'sounds') => ({
    STORAGE_URL: `s3://${bucket}/library`,
    S3_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
  });
  return { engine, endpoint, credentials, env };
}
