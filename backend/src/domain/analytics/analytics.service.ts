import { demand, type Actor } from '../accounts/actor.js';
import type { JobRepository, ModelInfo } from '../ingest/ingest.ports.js';
import type { AudioStore, SoundRepository } from '../library/library.ports.js';
import type { SegmentSource } from '../search/search.ports.js';
import type { VectorIndex } from '../search/vectors.ports.js';
import type { IndexStatus } from '../search/search.types.js';

/** The computer the API runs on, as of now. */
export interface MachineState {
  cpuCount: number;
  /** 0..1 of all cores since the last reading. */
  cpuUse: number;
  memoryBytes: number;
  memoryFreeBytes: number;
  /** Resident memory of this process. */
  processMemoryBytes: number;
}

export interface Stats {
  uptimeS: number;
  library: {
    sounds: number;
    ready: number;
    processing: number;
    failed: number;
    segments: number;
    durationS: number;
    sizeBytes: number;
  };
  queue: { queued: number; active: number; completed: number; failed: number };
  index: IndexStatus;
  model: ModelInfo;
  machine: MachineState & { diskFreeBytes: number };
}

/** Figures for people and for monitoring. Everything is counted locally. */
export class AnalyticsService {
  readonly #parts;
  readonly #startedAt = performance.now();

  constructor(parts: {
    sounds: SoundRepository;
    jobs: JobRepository;
    segments: SegmentSource;
    store: AudioStore;
    index: Pick<VectorIndex, 'status'>;
    model: () => ModelInfo;
    machine: () => MachineState;
  }) {
    this.#parts = parts;
  }

  /** Seconds since the service was made. */
  uptimeS(): number {
    return Math.round((performance.now() - this.#startedAt) / 100) / 10;
  }

  async stats(actor: Actor): Promise<Stats> {
    demand(actor, 'read');
    const { sounds, jobs, segments, store, index, model, machine } = this.#parts;
    const { total, ...library } = await sounds.counts();
    const info = model();
    return {
      uptimeS: this.uptimeS(),
      library: { sounds: total, ...library, segments: await segments.segmentCount(info.key) },
      queue: await jobs.counts(),
      index: index.status(),
      model: info,
      machine: { ...machine(), diskFreeBytes: await store.freeBytes() },
    };
  }
}
