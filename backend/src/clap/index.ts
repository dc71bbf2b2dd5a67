export { createAudioEmbedder, type AudioEmbedderOptions } from './audio-embedder.js';
export type { ClapLogger, Provider } from './embedder.types.js';
export { loadModel, verifyModel, type ClapModel, type FileVerdict } from './model.js';
export { createTextEmbedder, type ClosableTextEmbedder, type TextEmbedderOptions } from './text-embedder.js';
