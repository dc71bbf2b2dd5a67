import './lib/node-version.mjs';
import { ensureEngines, ensureWeaviate } from './engines/programs.mjs';
import { runMain } from './lib/report.mjs';

// Brings the servers that tests run against, the one that has to be built too.
await runMain(async () => {
  await ensureEngines();
  await ensureWeaviate();
});
