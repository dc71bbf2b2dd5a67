import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../domain/errors.js';
import type { ModelIdentity } from '../domain/models/models.types.js';
import type { ClapLogger } from './embedder.types.js';
import { BUNDLED } from './known-models.js';
import { loadModel, verifyModel, type ClapModel } from './model.js';
import { because } from '../domain/reasons.js';

const PARTIAL = '.partial-';
/** A copy takes seconds: one that old is what a crash left. */
const ABANDONED_MS = 60 * 60_000;

export interface ModelVersionsOptions {
  /** Installed models, one folder per id. */
  modelsDir: string;
  /** Copies of the bundled model, one folder per key. */
  keptDir: string;
  logger: ClapLogger;
}

/**
 * The versions of models that can be opened. The bundled model's files change when the program is updated, but the vectors of
 * the library can be searched with the files that they were made with only. So it is run from a copy among the user's
 * data, which is there after an update too, until the library knows the new version. Other models change only
 * when a person changes them, and are run from where they are.
 */
export class ModelVersions {
  constructor(private readonly options: ModelVersionsOptions) {}

  /** The version that is installed. @throws DomainError `model_unavailable` */
  installed(id: string): Promise<ClapModel> {
    return loadModel(this.options.modelsDir, id);
  }

  /** The version with this key, wherever it is. @throws DomainError `model_unavailable` */
  async exact({ id, key }: ModelIdentity): Promise<ClapModel> {
    const kept = await this.kept({ id, key });
    if (kept) return kept;
    const model = await this.installed(id);
    if (model.key === key) return model;
    throw new DomainError('model_unavailable', because('model_files_replaced', { model: id }));
  }

  /** The copy of a version that is not installed any more; null when there is none or not as it was. */
  async former(model: ModelIdentity): Promise<ClapModel | null> {
    const kept = await this.kept(model);
    if (!kept) return null;
    if (await isIntact(kept)) return kept;
    this.options.logger.warn({ model: model.key }, 'the copy of the former version of the model is damaged');
    return null;
  }

  /**
   * Copies the bundled model, unless that was done before, and gives the copy to run from. Any other model, and one that
   * cannot be copied, is given back as it is.
   */
  async keep(model: ClapModel): Promise<ClapModel> {
    const { id } = model.manifest;
    if (id !== BUNDLED) return model;
    try {
      const kept = await this.kept({ id, key: model.key });
      if (kept && isSame(kept, model)) return kept;
      return await this.copy(model);
    } catch (error) {
      this.options.logger.warn({ model: model.key, err: error }, 'the bundled model could not be copied for later');
      return model;
    }
  }

  /** Deletes the copies of all other versions. */
  async sweep(keys: readonly (string | null)[]): Promise<void> {
    const { keptDir } = this.options;
    const names = await readdir(keptDir).catch((): string[] => []);
    for (const name of names.filter((each) => !keys.includes(each))) {
      const place = path.join(keptDir, name);
      if (name.startsWith(PARTIAL) && !(await isAbandoned(place))) continue;
      await rm(place, { recursive: true, force: true });
    }
  }

  private async kept({ id, key }: ModelIdentity): Promise<ClapModel | null> {
    if (id !== BUNDLED) return null;
    const model = await loadModel(path.join(this.options.keptDir, key), id).catch(() => null);
    return model?.key === key ? model : null;
  }

  /** The folder appears as a whole, with files that were compared with their hashes. */
  private async copy(model: ClapModel): Promise<ClapModel> {
    const { keptDir } = this.options;
    const { id } = model.manifest;
    // Another process may be at the same: whoever is done first has made the copy for both.
    const partial = path.join(keptDir, `${PARTIAL}${model.key}-${randomUUID()}`);
    const place = path.join(keptDir, model.key);
    try {
      for (const file of Object.values(model.files)) {
        if (file === null) continue;
        const copy = path.join(partial, id, path.relative(model.dir, file));
        await mkdir(path.dirname(copy), { recursive: true });
        await copyFile(file, copy, constants.COPYFILE_FICLONE);
        // The mode is copied too, and may be anything.
        await chmod(copy, 0o600);
      }
      await writeFile(path.join(partial, id, 'manifest.json'), await readFile(path.join(model.dir, 'manifest.json')));
      const copied = await loadModel(partial, id);
      if (!(await isIntact(copied))) throw new Error('its files are not those that its manifest describes');
      await rename(partial, place).catch(async () => {
        const there = await this.kept({ id, key: model.key });
        if (there && isSame(there, model)) return;
        // What lies there is damaged, or has other texts.
        await rm(place, { recursive: true, force: true });
        await rename(partial, place);
      });
      return await loadModel(place, id);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }
}

/** The same key may have other texts, say: only the graph for sounds is in the key. */
const isSame = (one: ClapModel, other: ClapModel): boolean =>
  JSON.stringify(one.manifest) === JSON.stringify(other.manifest);

const isAbandoned = async (place: string): Promise<boolean> => {
  const found = await stat(place).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > ABANDONED_MS;
};

const isIntact = async (model: ClapModel): Promise<boolean> =>
  (await verifyModel(model).catch(() => null))?.every(({ verdict }) => verdict !== 'damaged') ?? false;
