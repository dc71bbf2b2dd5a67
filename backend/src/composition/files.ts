import path from 'node:path';
import { DiskAudioStore } from '../adapters/disk/disk-audio-store.js';
import { DiskBackups } from '../adapters/disk/disk-backups.js';
import { DiskPictures } from '../adapters/disk/disk-pictures.js';
import { DiskReserve } from '../adapters/disk/disk-reserve.js';
import { DiskFileAudit } from '../adapters/disk/file-audit.js';
import { DiskStorageMeter } from '../adapters/disk/storage-meter.js';
import { DiskFolders, PlacedAudioStore, PlacedFileAudit } from '../adapters/folders/index.js';
import type { Config } from '../config.js';
import type { AudioStore } from '../domain/library/library.ports.js';
import type { PlacedFiles } from '../domain/library/placed.ports.js';
import type { FileAudit } from '../domain/maintenance/maintenance.ports.js';

/** How long work that nobody waits for waits for files that cannot be had at the moment. */
const WORK_PATIENCE_MS = 15 * 60_000;

interface SoundFiles {
  store: AudioStore;
  audit: FileAudit;
}

/** The bytes of the sounds, for whoever answers requests. */
export async function openSoundFiles(
  config: Pick<Config, 'audioDir' | 'cacheDir' | 's3'>,
  patienceMs = 0,
): Promise<SoundFiles> {
  const { audioDir, s3 } = config;
  if (s3) {
    // Only those who use it pay for loading it.
    const { openS3 } = await import('../adapters/s3/index.js');
    const cache = { directory: path.join(config.cacheDir, 'audio'), maxBytes: s3.cacheBytes };
    return openS3({ ...s3, cache, patienceMs });
  }
  const store = new DiskAudioStore({ directory: audioDir });
  return { store, audit: new DiskFileAudit({ directory: audioDir, store }) };
}

/** With those that stay in imported folders. */
export function withPlaced({ importDirs }: Pick<Config, 'importDirs'>, files: SoundFiles, placed: PlacedFiles) {
  const folders = new DiskFolders({ roots: importDirs });
  const store = new PlacedAudioStore({ kept: files.store, placed, disk: folders });
  return { folders, store, audit: new PlacedFileAudit({ kept: files.audit, store, placed }) };
}

/** The bytes of the sounds, for workers. */
export async function openPatientAudioStore(config: Config, placed: PlacedFiles): Promise<AudioStore> {
  return withPlaced(config, await openSoundFiles(config, WORK_PATIENCE_MS), placed).store;
}

/** Some forty kilobytes each, and some twenty. */
const MOST_PICTURES = 2000;
const MOST_TILES = 10_000;

/** Everything that the serving side keeps in files. */
export async function openServerFiles(config: Config) {
  return {
    ...(await openSoundFiles(config)),
    reserve: new DiskReserve({ file: config.reservePath }),
    pictures: new DiskPictures({ directory: path.join(config.cacheDir, 'spectrograms'), most: MOST_PICTURES }),
    tiles: new DiskPictures({ directory: path.join(config.cacheDir, 'spectrogram-tiles'), most: MOST_TILES }),
    backups: new DiskBackups({ directory: config.backupDir }),
    meter: new DiskStorageMeter(config),
  };
}

export type KeptFiles = Awaited<ReturnType<typeof openServerFiles>>;
export type ServerFiles = KeptFiles & ReturnType<typeof withPlaced>;
