import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installationMatches, missingPackages, registryAddresses, packagesOf } from './lockfile.mjs';

const lock = (packages) => ({ packages });
const wanted = lock({
  '': {},
  backend: { version: '1.0.0' },
  'node_modules/@traum/backend': { link: true },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/a-other-os': { version: '1.0.0', optional: true },
});
const installed = {
  backend: { version: '1.0.0' },
  'node_modules/@traum/backend': { link: true },
  'node_modules/a': { version: '1.0.0' },
};

test('the same versions match, without optional packages of other platforms', () => {
  assert.equal(installationMatches(wanted, lock(installed)), true);
});

test('a missing, another or an extra package does not match', () => {
  const { 'node_modules/a': a, ...without } = installed;
  assert.equal(installationMatches(wanted, lock(without)), false);
  assert.equal(
    installationMatches(wanted, lock({ ...installed, 'node_modules/a': { ...a, version: '1.0.1' } })),
    false,
  );
  assert.equal(installationMatches(wanted, lock({ ...installed, 'node_modules/b': { version: '2.0.0' } })), false);
});

test('registry addresses are found; links inside the repository are none', () => {
  const packages = {
    'node_modules/@traum/backend': { link: true, resolved: 'backend' },
    'node_modules/a': { resolved: 'https://registry.example/a.tgz' },
  };
  assert.deepEqual(registryAddresses(lock(packages)), ['node_modules/a']);
});

test('packages that are needed but not there are found, those beside or above their user are not', () => {
  const packages = {
    '': { dependencies: { a: '^1' } },
    'node_modules/a': { dependencies: { b: '^1', c: '^2' }, optionalDependencies: { 'a-other-os': '1' } },
    'node_modules/a/node_modules/c': {},
    'node_modules/b': { dependencies: { c: '^1' } },
    'node_modules/d': { optional: true, dependencies: { e: '^1' } },
  };
  assert.deepEqual(missingPackages(lock(packages)), ['a-other-os (by node_modules/a)', 'c (by node_modules/b)']);
});

test('packages that every machine gets are counted, others not', () => {
  assert.deepEqual(
    packagesOf({
      packages: {
        '': {},
        backend: {},
        'node_modules/a': { version: '1' },
        'node_modules/a/node_modules/b': { version: '1' },
        'node_modules/mac': { version: '1', optional: true },
        'node_modules/@us/backend': { link: true },
      },
    }),
    ['node_modules/a', 'node_modules/a/node_modules/b'],
  );
});
