export { DiskFolders } from './disk-folders.js';
export { PlacedAudioStore } from './placed-audio-store.js';
export { PlacedFileAudit } from './placed-file-audit.js';
export { DiskWatch } from './disk-watch.js';
