export { WeaviateConnection, type WeaviateNode, type WeaviateOptions } from './connection.js';
export { dropCollection, makeCollection, type CollectionSettings } from './collection.js';
export { WeaviateVectorIndex } from './weaviate-vector-index.js';
export { WeaviateVectors } from './weaviate-vectors.js';
