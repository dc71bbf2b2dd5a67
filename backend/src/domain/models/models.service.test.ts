import { expect, it } from 'vitest';
import { LOCAL } from '../accounts/actor.js';
import type { InstallOptions, InstallService } from './install.service.js';
import { ModelsService, type ModelsParts } from './models.service.js';
import type { ModelSwitch } from './models.types.js';

/** A model that is installed: whether its hashes are right, and how the change to it goes. */
function installed(given: { whole: boolean; change: ModelSwitch['state'] | null }) {
  const asked: InstallOptions[] = [];
  const entry = { id: 'clap', installed: true, problem: null, sizeBytes: 1, download: { files: [] } };
  const installs = {
    isWhole: () => Promise.resolve(given.whole),
    install: (_id: string, options: InstallOptions) => Promise.resolve(asked.push(options) > 0),
  };
  const models = new ModelsService({
    catalog: { get: () => Promise.resolve(entry) },
    installs: installs as unknown as InstallService,
    hub: { name: 'hub' },
    state: { switch: () => given.change && { targetId: 'clap', targetKey: null, state: given.change, error: null } },
    switching: null,
    jobs: {
      begin: (_order: unknown, work: (held: unknown) => Promise<void>) =>
        work({ signal: new AbortController().signal, report: () => undefined }),
    },
    events: { tell: () => undefined },
    logger: {},
  } as unknown as ModelsParts);
  return { models, asked };
}

it('does not install again what is whole and in order', async () => {
  for (const change of [null, 'running'] as const) {
    const { models, asked } = installed({ whole: true, change });
    await expect(models.startInstall(LOCAL, 'clap')).rejects.toMatchObject({ code: 'conflict' });
    expect(asked).toEqual([]);
  }
});

it('mends a model whose files are damaged', async () => {
  const { models, asked } = installed({ whole: false, change: null });
  await models.startInstall(LOCAL, 'clap');
  expect(asked).toMatchObject([{ anew: false }]);
});

it('fetches one anew that could not be opened, although its hashes are those of what came', async () => {
  const { models, asked } = installed({ whole: true, change: 'failed' });
  await models.startInstall(LOCAL, 'clap');
  await models.install(LOCAL, 'clap');
  expect(asked).toMatchObject([{ anew: true }, { anew: true }]);
});
