// Loaded into worker threads (`--import`) when tests run the TypeScript sources: Node 20 cannot load those by itself.
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url);
