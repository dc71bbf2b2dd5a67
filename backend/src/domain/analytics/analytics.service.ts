import { demand, type Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
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
  /** Its memory tells how much there is in all: null for who does not run the installation. */
  index: Omit<IndexStatus, 'memoryBytes'> & { memoryBytes: number | null };
  model: ModelInfo;
  /** As the index's memory. */
  machine: MachineState & { diskFreeBytes: number | null };
}

/** Figures for people and for monitoring. Everything is counted locally. */
export class AnalyticsService {
  readonly #parts;
  readonly #startedAt = performance.now();

  constructor(parts: {
    sounds: Seen<Pick<SoundRepository, 'counts'>>;
    jobs: Seen<Pick<JobRepository, 'counts'>>;
    segments: Seen<Pick<SegmentSource, 'segmentCount'>>;
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
    const viewer = viewerOf(actor);
    const { total, ...library } = await sounds(viewer).counts();
    const info = model();
    const known = await segments(viewer).segmentCount(info.key);
    const status = index.status();
    // How much others keep to themselves is told to those who run the installation only.
    return {
      uptimeS: this.uptimeS(),
      library: { sounds: total, ...library, segments: known },
      queue: await jobs(viewer).counts(),
      index: viewer.runs
        ? status
        : {
            ...status,
            segments: Math.min(status.segments, known),
            sounds: Math.min(status.sounds, library.ready),
            memoryBytes: null,
          },
      model: info,
      machine: { ...machine(), diskFreeBytes: viewer.runs ? await store.freeBytes() : null },
    };
  }
}
