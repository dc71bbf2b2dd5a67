import { readdir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { StorageMeter } from '../../domain/maintenance/maintenance.ports.js';

export class DiskStorageMeter implements StorageMeter {
  constructor(private readonly options: { dataDir: string; indexDir: string; modelsDir: string; cacheDir: string }) {}

  async folders(): ReturnType<StorageMeter['folders']> {
    const { indexDir, modelsDir, cacheDir } = this.options;
    const [indexBytes, modelBytes, cacheBytes] = await Promise.all([indexDir, modelsDir, cacheDir].map(sizeOf));
    return { indexBytes: indexBytes!, modelBytes: modelBytes!, cacheBytes: cacheBytes! };
  }

  async disk(): ReturnType<StorageMeter['disk']> {
    const { bavail, blocks, bsize } = await statfs(this.options.dataDir);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  }
}

/** Bytes of all files below; 0 for a folder that is not there. Links are not followed. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let total = 0;
  for (const entry of entries) {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) total += await sizeOf(name);
    else if (entry.isFile())
      total += await stat(name).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return total;
}
