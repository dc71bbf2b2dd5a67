import path from 'node:path';
import { DiskAudioStore } from '../adapters/disk/disk-audio-store.js';
import { DiskBackups } from '../adapters/disk/disk-backups.js';
import { DiskPictures } from '../adapters/disk/disk-pictures.js';
import { DiskReserve } from '../adapters/disk/disk-reserve.js';
import { DiskFileAudit } from '../adapters/disk/file-audit.js';
import { DiskStorageMeter } from '../adapters/disk/storage-meter.js';
import type { Config } from '../config.js';

/** The bytes of the sounds. */
export const openAudioStore = ({ audioDir }: Config): DiskAudioStore => new DiskAudioStore({ directory: audioDir });

/** Everything that the serving side keeps in files. */
export function openServerFiles(config: Config) {
  const store = openAudioStore(config);
  return {
    store,
    reserve: new DiskReserve({ file: config.reservePath }),
    pictures: new DiskPictures({ directory: path.join(config.cacheDir, 'spectrograms') }),
    audit: new DiskFileAudit({ directory: config.audioDir, store }),
    backups: new DiskBackups({ directory: config.backupDir }),
    meter: new DiskStorageMeter(config),
  };
}

export type ServerFiles = ReturnType<typeof openServerFiles>;
