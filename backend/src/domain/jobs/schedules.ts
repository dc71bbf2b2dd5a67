import type { Log } from '../log.js';

export interface Schedule {
  name: string;
  everyMs: number;
  run(): Promise<void>;
}

/** What is done again and again. Of several processes that share the data one does it, as long as it lives. */
export class Schedules {
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(private readonly parts: { leads: (name: string) => Promise<boolean>; logger: Log }) {}

  /** Does it now, and then again and again. */
  add(schedule: Schedule): void {
    const run = (): void => {
      if (this.#stopped || this.#running.has(schedule.name)) return;
      const ran = this.#run(schedule).finally(() => this.#running.delete(schedule.name));
      this.#running.set(schedule.name, ran);
    };
    run();
    this.#timers.push(setInterval(run, schedule.everyMs).unref());
  }

  /** Resolves when what runs at the moment is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.allSettled(this.#running.values());
  }

  async #run({ name, run }: Schedule): Promise<void> {
    try {
      if (await this.parts.leads(name)) await run();
    } catch (error) {
      this.parts.logger.error(
        { schedule: name, err: error },
        'what is done from time to time failed; it is tried again',
      );
    }
  }
}
