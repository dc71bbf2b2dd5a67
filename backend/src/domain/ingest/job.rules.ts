import { isUnfinished } from '../jobs/jobs.types.js';
import type { Job } from './ingest.types.js';
import { because, state } from '../reasons.js';

/** What is known of a job when it wants something: of its row, and of the sound as it is now. */
interface Standing {
  job: Pick<Job, 'state' | 'generation'>;
  /** The sound's present run; null when it was deleted. */
  soundGeneration: number | null;
}

/** Whether the job still speaks for its sound: no newer run was started, and the sound is there. */
const isCurrent = ({ job, soundGeneration }: Standing): boolean => job.generation === soundGeneration;

/** A job starts, also once more after a crash, unless it has ended or was replaced. */
export const mayStart = (standing: Standing): boolean => isUnfinished(standing.job) && isCurrent(standing);

/**
 * What becomes of a result. It is dropped when the job was replaced, its sound deleted, or it is written already; and the job
 * is done again when another model was put to use meanwhile.
 * @param options.activeModel key of the model whose vectors are searched; null where none was ever recorded
 */
export function resultOf(
  standing: Standing,
  { modelKey, activeModel }: { modelKey: string; activeModel: string | null },
): 'saved' | 'dropped' | 'again' {
  if (standing.job.state === 'completed' || !isCurrent(standing)) return 'dropped';
  return activeModel === null || activeModel === modelKey ? 'saved' : 'again';
}

export const CANCELLED = state(because('job_cancelled'));
export const REPLACED = state(because('job_replaced'));
