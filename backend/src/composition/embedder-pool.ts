import type { ClapModel, ModelVersions } from '../clap/index.js';
import type { AudioEmbedder } from '../domain/ingest/ingest.ports.js';
import type { Embedders } from '../domain/models/models.ports.js';
import type { ModelIdentity } from '../domain/models/models.types.js';

/** More models than these are not kept: the active one and the one to come. */
const KEPT = 2;

interface Entry {
  embedder: AudioEmbedder;
  uses: number;
}

/** The embedders of a worker: opened when a job needs them, the least recently used closed when there are too many. */
export class EmbedderPool implements Embedders {
  /** In the order of their last use. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly versions: Pick<ModelVersions, 'exact'>,
    private readonly create: (model: ClapModel) => Promise<AudioEmbedder>,
  ) {}

  async open(model: ModelIdentity): Promise<{ embedder: AudioEmbedder; release(): void }> {
    const loaded = this.entries.has(model.key) ? null : await this.versions.exact(model);
    // Another job may have been faster while the model was loading.
    const entry = this.entries.get(model.key) ?? { embedder: await this.create(loaded!), uses: 0 };
    this.entries.delete(model.key);
    this.entries.set(model.key, entry);
    entry.uses++;
    this.closeUnused();
    let released = false;
    return {
      embedder: entry.embedder,
      release: () => {
        if (released) return;
        released = true;
        entry.uses--;
        this.closeUnused();
      },
    };
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.entries.values()].map(({ embedder }) => embedder.close()));
    this.entries.clear();
  }

  private closeUnused(): void {
    for (const [key, { embedder, uses }] of this.entries) {
      if (this.entries.size <= KEPT) return;
      if (uses > 0) continue;
      this.entries.delete(key);
      void embedder.close();
    }
  }
}
