import { tick } from 'svelte';
import type { Api } from '$lib/api/api';
import { ApiError } from '$lib/api/problem';
import type { Sound, SoundPatch } from '$lib/api/types';
import type { I18n } from '$lib/i18n/i18n.svelte';
import { soundName } from '$lib/util/sound';
import type { Account } from './account.svelte';
import type { Edits } from './edits';
import { isEditable, patched, patchFor, type EditableColumn } from './inline-edit';
import type { Library, LibrarySort } from './library.svelte';
import { save } from './saving';
import { STAYS_MS, type Toasts } from './toasts.svelte';

export const COLUMNS = ['title', 'artist', 'duration', 'bpm', 'key', 'tags', 'format', 'size', 'added'] as const;
export type Column = (typeof COLUMNS)[number];

const SORTED: readonly string[] = ['title', 'artist', 'duration', 'bpm', 'key', 'size', 'added'];
export const isSorted = (column: Column): column is Column & LibrarySort => SORTED.includes(column);

interface Parts {
  account: Pick<Account, 'may'>;
  api: Api;
  library: Library;
  edits: Edits;
  toasts: Toasts;
  i18n: I18n;
  sounds: () => readonly Sound[];
  /** How many of the columns there is room for, from the first. */
  columns: () => number;
}

/** Where the focus stands in the table, and what is being edited there. */
export class LibraryTableState {
  /** The grid's element, to find cells in. */
  element = $state<HTMLElement>();
  /** The cell that was focused last. */
  at = $state.raw({ row: 0, column: 0 });
  editing = $state.raw<{ id: string; column: EditableColumn } | null>(null);
  /** The rows that are drawn. */
  drawn = $state.raw<[number, number]>([0, 0]);
  /** The row that Tab reaches: one that is drawn. */
  readonly stop = $derived(Math.min(Math.max(this.at.row, this.drawn[0]), this.drawn[1]));
  /** The column that Tab reaches: one that is shown. */
  readonly stopColumn = $derived.by(() => Math.min(this.at.column, this.#parts.columns() - 1));
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Moves the focus, as far as the table goes. */
  async go(row: number, column: number): Promise<void> {
    const last = this.#parts.sounds().length - 1;
    this.at = {
      row: Math.max(0, Math.min(last, row)),
      column: Math.max(0, Math.min(this.#parts.columns() - 1, column)),
    };
    await tick();
    const cell = this.element?.querySelector<HTMLElement>(`[data-cell="${this.at.row}:${this.at.column}"]`);
    cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: 'nearest' });
  }

  editable(column: Column): column is EditableColumn {
    return isEditable(column) && this.#parts.account.may('edit');
  }

  edit(sound: Sound, column: Column): void {
    if (this.editable(column)) this.editing = { id: sound.id, column };
  }

  isEdited(sound: Sound, column: Column): boolean {
    return this.editing?.id === sound.id && this.editing.column === column;
  }

  /**
   * Ends editing.
   * @param typed null leaves the field as it was
   * @param next the field to go on with: the next, the one before, none (0); null leaves the focus where it went
   * @returns false while the text cannot be meant: the field stays open
   */
  leave(sound: Sound, column: EditableColumn, typed: string | null, next: -1 | 0 | 1 | null): boolean {
    const patch = typed === null ? null : patchFor(sound, column, typed);
    if (patch === 'bad') return false;
    this.editing = null;
    if (patch) void this.#save(sound, patch);
    if (next === null) return true;
    const fields = COLUMNS.filter(isEditable);
    const other = next === 0 ? undefined : fields[fields.indexOf(column) + next];
    void this.go(this.at.row, COLUMNS.indexOf(other ?? column)).then(() => {
      if (other) this.edit(sound, other);
    });
    return true;
  }

  /** Shown at once; taken back where the server refuses. What another has put there meanwhile is shown, and mine offered. */
  async #save(sound: Sound, patch: SoundPatch): Promise<void> {
    const { api, library, edits, toasts, i18n } = this.#parts;
    library.replace(patched(sound, patch));
    try {
      const outcome = await save(api, sound, patch);
      if ('saved' in outcome) return edits.replace(outcome.saved);
      const { theirs } = outcome;
      edits.replace(theirs);
      toasts.show('error', i18n.t.library.changedMeanwhile(soundName(sound)), {
        durationMs: STAYS_MS,
        action: { label: i18n.t.library.saveMine, run: () => void this.#save(theirs, patch) },
      });
    } catch (error) {
      library.replace(sound);
      if (!(error instanceof ApiError)) toasts.failure(error);
      else toasts.show('error', i18n.t.library.notSaved(soundName(sound)), { detail: error.message });
    }
  }
}
