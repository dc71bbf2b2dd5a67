// Who may know whom: the rules of docs/architecture.md. Tests may import anything.

const test = '\\.(test|spec)\\.ts$';
const ourSource = '^backend/src/';

/**
 * Everything below `folder` may import only what `allowed` lists.
 * @param {string} folder
 * @param {string} comment
 * @param {string[]} allowed patterns of paths
 */
const only = (folder, comment, allowed) => ({
  name: `${folder.replaceAll('/', '-')}-imports`,
  comment,
  severity: 'error',
  from: { path: `^backend/src/${folder}/`, pathNot: test },
  to: { path: ourSource, pathNot: [`^backend/src/${folder}/`, ...allowed] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Modules that need each other are one module, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-circular-rooms',
      comment: 'Rooms of the domain do not need each other in circles, types included: what both need lies in a third.',
      severity: 'error',
      scope: 'folder',
      // Still one ground: the library, and what is made of a sound when it comes in.
      from: { path: '^backend/src/domain/[^/]+$', pathNot: '^backend/src/domain/(analysis|copies|ingest|library)$' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this file and it is no entry point.',
      severity: 'error',
      from: {
        orphan: true,
        path: ourSource,
        pathNot: ['^backend/src/main/', '\\.d\\.ts$', 'worker\\.ts$', test],
      },
      to: {},
    },
    {
      name: 'no-dev-dependencies',
      comment: 'What runs in production must be a dependency, not a devDependency.',
      severity: 'error',
      from: { path: ourSource, pathNot: test },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'not-resolvable',
      comment: 'This import leads nowhere.',
      severity: 'error',
      from: { path: ourSource },
      to: { couldNotResolve: true },
    },
    only('domain', 'The domain knows itself only.', []),
    {
      name: 'domain-packages',
      comment: 'The domain uses no package but zod: everything else comes through a port.',
      severity: 'error',
      from: { path: '^backend/src/domain/', pathNot: test },
      to: { path: 'node_modules/', pathNot: ['node_modules/zod/', 'node_modules/@types/node/'] },
    },
    only('clap', 'CLAP implements ports of the domain and knows nothing else.', ['^backend/src/domain/']),
    only('audio', 'Audio implements ports of the domain; of CLAP it uses the Fourier transform and the assembler.', [
      '^backend/src/domain/',
      '^backend/src/clap/(spectrum-kernel|wasm)\\.ts$',
    ]),
    {
      name: 'adapters-imports',
      comment: 'Adapters implement ports of the domain and know nothing else.',
      severity: 'error',
      from: { path: '^backend/src/adapters/', pathNot: test },
      to: { path: ourSource, pathNot: ['^backend/src/adapters/', '^backend/src/domain/'] },
    },
    {
      name: 'adapters-apart',
      comment: 'No adapter knows another one; what several need lies beside them.',
      severity: 'error',
      from: { path: '^backend/src/adapters/([^/]+)/', pathNot: test },
      to: { path: '^backend/src/adapters/', pathNot: '^backend/src/adapters/($1/|[^/]+\\.ts$)' },
    },
    only('http', 'HTTP talks to the domain, never to adapters.', ['^backend/src/domain/']),
    only('observability', 'Observability knows the domain only.', [
      '^backend/src/domain/',
      '^backend/src/config\\.ts$',
    ]),
    only('main', 'Entry points only start and stop what the composition builds.', [
      '^backend/src/composition/',
      '^backend/src/config\\.ts$',
      '^backend/src/observability/',
      '^backend/src/domain/errors\\.ts$',
      '^backend/src/domain/reasons\\.ts$',
      // Who works at the command line.
      '^backend/src/domain/accounts/actor\\.ts$',
      // Read by `main/openapi.ts`, which writes openapi.json and builds no service.
      '^backend/src/http/openapi\\.ts$',
    ]),
    {
      name: 'composition-is-the-root',
      comment: 'Only entry points know the composition root.',
      severity: 'error',
      from: { path: ourSource, pathNot: ['^backend/src/(main|composition)/', test] },
      to: { path: '^backend/src/composition/' },
    },
    {
      name: 'frontend-and-backend-apart',
      comment: 'They meet in openapi.json only.',
      severity: 'error',
      from: { path: '^frontend/' },
      to: { path: '^backend/' },
    },
    {
      name: 'backend-and-frontend-apart',
      comment: 'They meet in openapi.json only.',
      severity: 'error',
      from: { path: '^backend/' },
      to: { path: '^frontend/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '/build/', '/\\.svelte-kit/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.svelte', '.json', '.d.ts'],
    },
  },
};
