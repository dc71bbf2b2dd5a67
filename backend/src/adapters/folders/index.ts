export { DiskFolders } from './disk-folders.js';
export { DiskWatch } from './disk-watch.js';
