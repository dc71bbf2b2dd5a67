import type { z } from '@hono/zod-openapi';
import type { InstallState, ListedModel, ModelActivity } from '../domain/models/models.service.js';
import type { InstallProgress, SwitchProgress } from '../domain/models/models.types.js';
import type { modelActivitySchema, modelListSchema } from './schemas/models.js';
import { toError } from './present-reasons.js';

type ModelList = z.infer<typeof modelListSchema>;
type Activity = z.infer<typeof modelActivitySchema>;

const NOTHING = { stage: null, receivedBytes: 0, totalBytes: 0, bytesPerS: 0, etaS: null, retry: null };

/** Why nothing comes at the moment, and when it is tried again. */
export const toRetry = ({ reason, ...rest }: NonNullable<InstallProgress['retry']>) => {
  const { error, reasons } = toError(reason);
  return { ...rest, reason: error ?? '', reasons };
};

const toInstall = (install: InstallState): Omit<Activity['installs'][number], 'id'> =>
  install.state === 'running'
    ? {
        state: 'running',
        stage: install.stage,
        receivedBytes: install.receivedBytes,
        totalBytes: install.totalBytes,
        bytesPerS: install.bytesPerS,
        etaS: install.etaS,
        retry: install.retry && toRetry(install.retry),
        ...toError(null),
      }
    : { ...NOTHING, state: 'failed', ...toError(install.error) };

export const toSwitch = (change: SwitchProgress | null): ModelList['switch'] =>
  change && {
    targetId: change.targetId,
    state: change.state,
    ...toError(change.error),
    total: change.total,
    done: change.done,
    failed: change.failed,
    etaS: change.etaS,
  };

export const toModel = (model: ListedModel): ModelList['items'][number] => ({
  id: model.id,
  name: model.name,
  family: model.family,
  precision: model.precision,
  license: model.license,
  source: model.source,
  description: model.description,
  goodAt: model.goodAt,
  sizeBytes: model.sizeBytes,
  bundled: model.bundled,
  installable: model.download !== null,
  installed: model.installed,
  problem: model.problem,
  active: model.active,
  install: model.install && toInstall(model.install),
});

export const toActivity = (activity: ModelActivity): Activity => ({
  active: activity.active,
  installs: activity.installs.map((install) => ({ id: install.id, ...toInstall(install) })),
  switch: toSwitch(activity.switch),
});
