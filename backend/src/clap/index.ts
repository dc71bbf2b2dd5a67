export { createAudioEmbedder } from './audio-embedder.js';
export { ClapModelCatalog } from './catalog.js';
export { loadModel, type ClapModel } from './model.js';
export { createTextEmbedder } from './text-embedder.js';
