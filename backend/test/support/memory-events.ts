import type { AppEvent, EventLog, EventSink, StampedEvent } from '../../src/domain/events.js';

/** Events of one process, with everything that was told open to tests. */
export class MemoryEvents implements EventSink, EventLog {
  readonly told: AppEvent[] = [];
  /** Ids up to this one are forgotten. */
  forgottenTo = 0;
  readonly #listeners = new Set<(told: StampedEvent) => void>();

  tell(event: AppEvent): void {
    this.told.push(event);
    const id = this.latestId();
    for (const listener of [...this.#listeners]) listener({ id, event });
  }

  subscribe(listener: (told: StampedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  latestId(): string {
    return `${this.told.length}-0`;
  }

  since(id: string): readonly StampedEvent[] | null {
    const at = Number(id.split('-')[0]);
    if (!(at >= this.forgottenTo && at <= this.told.length)) return null;
    return this.told.slice(at).map((event, index) => ({ id: `${at + index + 1}-0`, event }));
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Ids of the sounds that were told of with this change. */
  sounds(change: string): string[] {
    return this.told.flatMap((event) => (event.kind === 'sound' && event.change === change ? [event.soundId] : []));
  }
}
