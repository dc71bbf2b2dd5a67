export { DiskModelStaging } from './disk-staging.js';
export { FolderModelSource } from './folder-source.js';
export { HubModelSource } from './hub-source.js';
