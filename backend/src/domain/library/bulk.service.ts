import { demand, type Actor } from '../accounts/actor.js';
import { changerOf, type Seen } from '../accounts/viewer.js';
import type { EventSink } from '../events.js';
import { inSlices } from '../slices.js';
import type { BulkRepository, FieldChange, FieldOutcome, TagChange, TagOutcome } from './bulk.ports.js';
import type { Before } from './edits.js';
import type { SoundRepository } from './library.ports.js';
import { mustMayChange } from './may-change.js';

/** Sounds changed in one transaction: some tens of milliseconds, after which others have their turn. */
const SLICE = 100;

/** What people do with many sounds at once. */
export class BulkService {
  readonly #parts;

  constructor(parts: {
    bulk: Seen<BulkRepository>;
    sounds: Seen<Pick<SoundRepository, 'several'>>;
    events: EventSink;
  }) {
    this.#parts = parts;
  }

  async changeTags(actor: Actor, ids: readonly string[], change: TagChange): Promise<TagOutcome> {
    demand(actor, 'edit');
    const whole: TagOutcome = { done: [], notFound: [], fromFile: [], full: [], undo: [] };
    const wanted = [...new Set(ids)];
    await inSlices(wanted, SLICE, (slice) => mustMayChange(this.#parts.sounds, actor, slice));
    await inSlices(wanted, SLICE, async (slice) => {
      const outcome = await this.#parts.bulk(changerOf(actor)).changeTags(slice, change);
      for (const kind of ['done', 'notFound', 'fromFile', 'full'] as const) whole[kind].push(...outcome[kind]);
      addUndo(whole.undo, outcome.undo, ({ add, remove }) => [add, remove]);
      for (const soundId of [...outcome.done, ...outcome.fromFile]) {
        this.#parts.events.tell({ kind: 'sound', change: 'updated', soundId });
      }
    });
    return whole;
  }

  /** The same values for all of them. */
  async changeFields(actor: Actor, ids: readonly string[], patch: FieldChange, before?: Before): Promise<FieldOutcome> {
    demand(actor, 'edit');
    const whole: FieldOutcome = { done: [], notFound: [], undo: [] };
    const wanted = [...new Set(ids)];
    await inSlices(wanted, SLICE, (slice) => mustMayChange(this.#parts.sounds, actor, slice));
    await inSlices(wanted, SLICE, async (slice) => {
      const { done, notFound, undo } = await this.#parts.bulk(changerOf(actor)).changeFields(slice, patch, before);
      whole.done.push(...done);
      whole.notFound.push(...notFound);
      addUndo(whole.undo, undo, (one) => [one.patch, one.before]);
      for (const soundId of done) this.#parts.events.tell({ kind: 'sound', change: 'updated', soundId });
    });
    return whole;
  }
}

/** Sounds of several slices whose change is taken back alike are named together. */
function addUndo<T extends { ids: string[] }>(whole: T[], more: readonly T[], contents: (undo: T) => unknown): void {
  const known = new Map(whole.map((undo) => [JSON.stringify(contents(undo)), undo]));
  for (const undo of more) {
    const alike = known.get(JSON.stringify(contents(undo)));
    if (alike) alike.ids.push(...undo.ids);
    else whole.push(undo);
  }
}
