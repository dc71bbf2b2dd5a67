import type { z } from '@hono/zod-openapi';
import type { Job } from '../domain/jobs/jobs.types.js';
import type { InstallProgress } from '../domain/models/models.types.js';
import { toRetry } from './present-models.js';
import { toError } from './present-reasons.js';
import type { workSchema } from './schemas/work.js';

/** Long work of any kind, as lists and events tell of it. */
export const toWork = ({ error, ...job }: Job): z.infer<typeof workSchema> => ({
  ...job,
  detail: job.kind === 'install' ? toInstallDetail(job.detail as InstallProgress | null) : job.detail,
  ...toError(error),
});

const toInstallDetail = (progress: InstallProgress | null): unknown =>
  progress && { ...progress, retry: progress.retry && toRetry(progress.retry) };
