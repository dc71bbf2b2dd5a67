// In the place of this package's own types, by `paths` in tsconfig.json: those bring the browser's global names with them, which are not
// Node's. `weaviate-client` names only this one.
export type Variables = Record<string, unknown>;
