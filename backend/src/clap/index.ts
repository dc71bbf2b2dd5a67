export { createAudioEmbedder } from './audio-embedder.js';
export { ClapModelCatalog } from './catalog.js';
export { loadModel, type ClapModel } from './model.js';
export { ModelVersions } from './model-versions.js';
export { createTextEmbedder } from './text-embedder.js';
