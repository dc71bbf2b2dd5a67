import type { ModelIdentity, ModelSwitch } from './models.types.js';

/**
 * Whether the target may become the active model: the present switch is to it and runs, and no sound is still to be embedded.
 * @param open jobs of the switch that have not ended, and sounds that have none yet
 */
export const mayCommit = (present: ModelSwitch | null, target: ModelIdentity, open: number): boolean =>
  present?.targetId === target.id && present.targetKey === target.key && present.state === 'running' && open === 0;
