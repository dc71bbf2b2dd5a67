export { makeCollection } from './collection.js';
export { WeaviateConnection, type WeaviateNode } from './connection.js';
export { WeaviateVectorIndex } from './weaviate-vector-index.js';
export { WeaviateVectors } from './weaviate-vectors.js';
