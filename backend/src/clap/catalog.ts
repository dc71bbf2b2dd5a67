import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../domain/errors.js';
import type { ModelCatalog } from '../domain/models/models.ports.js';
import type { FileVerdict, ModelEntry, ReceivedModelFile } from '../domain/models/models.types.js';
import { BUNDLED, knownModels, type KnownModel } from './known-models.js';
import { parseManifest } from './manifest.js';
import { loadModel, verifyModel, type ClapModel } from './model.js';
import { because } from '../domain/reasons.js';

const BUNDLED_GOOD_AT =
  'Works at once and offline: small and very fast. Good at drums, instruments, animals, weather and machines in a few plain words; long sentences and rare sounds are beyond it.';

/** The models that can be installed, those that are, and models of one's own in the same folder. */
export class ClapModelCatalog implements ModelCatalog {
  constructor(private readonly options: { directory: string }) {}

  async list(): Promise<ModelEntry[]> {
    const names = await readdir(this.options.directory, { withFileTypes: true }).catch(() => []);
    const folders = names.filter((item) => item.isDirectory() || item.isSymbolicLink()).map(({ name }) => name);
    const own = folders.filter((name) => isId(name) && name !== BUNDLED && !knownModels.has(name)).sort();
    const entries = await Promise.all([BUNDLED, ...knownModels.keys(), ...own].map((id) => this.get(id)));
    return entries.filter((entry) => entry !== null);
  }

  async get(id: string): Promise<ModelEntry | null> {
    if (!isId(id)) return null;
    const known = knownModels.get(id);
    try {
      return entryOf(await loadModel(this.options.directory, id), known);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const names = await readdir(path.join(this.options.directory, id)).catch((): string[] => []);
      if (known) return absentEntry(known, names.length > 0 ? error.message : null);
      // A folder without a manifest is something else, not a broken model.
      if (id !== BUNDLED && !names.includes('manifest.json')) return null;
      return brokenEntry(id, error.message);
    }
  }

  manifestFor(id: string, files: readonly ReceivedModelFile[]): string {
    const known = knownModels.get(id);
    const pinned = (file: { path: string }) => files.find(({ path: received }) => received === file.path);
    const manifest = known && {
      ...known.manifest,
      files: Object.fromEntries(Object.entries(known.manifest.files).map(([role, file]) => [role, pinned(file)])),
    };
    const parsed = parseManifest(manifest);
    if (!parsed.ok) throw new DomainError('internal', because('model_description_incomplete', { model: id }));
    return `${JSON.stringify(parsed.manifest, null, 2)}\n`;
  }

  async verify(id: string): Promise<FileVerdict[]> {
    const verdicts = await verifyModel(await loadModel(this.options.directory, id));
    return verdicts.map(({ path: file, verdict }) => ({ path: file, verdict }));
  }
}

const isId = (name: string): boolean => /^[a-z0-9][a-z0-9._-]*$/i.test(name);

function entryOf(model: ClapModel, known: KnownModel | undefined): ModelEntry {
  const { id, name, license, source, description } = model.manifest;
  return {
    id,
    name,
    family: known?.family ?? name,
    precision: known?.precision ?? null,
    license,
    source,
    description,
    goodAt: known?.goodAt ?? (id === BUNDLED ? BUNDLED_GOOD_AT : ''),
    sizeBytes: model.sizeBytes,
    bundled: id === BUNDLED,
    installed: true,
    problem: null,
    download: known ? downloadOf(known) : null,
  };
}

function absentEntry(known: KnownModel, problem: string | null): ModelEntry {
  const { family, precision, goodAt, sizeBytes, manifest } = known;
  const { id, name, license, source, description } = manifest;
  return {
    ...{ id, name, family, precision, license, source, description, goodAt, sizeBytes, problem },
    bundled: false,
    installed: false,
    download: downloadOf(known),
  };
}

const brokenEntry = (id: string, problem: string): ModelEntry => ({
  id,
  name: id,
  family: id,
  precision: null,
  license: '',
  source: '',
  description: '',
  goodAt: '',
  sizeBytes: 0,
  bundled: id === BUNDLED,
  installed: false,
  problem,
  download: null,
});

function downloadOf({ repository, revision, manifest }: KnownModel): NonNullable<ModelEntry['download']> {
  return { repository, revision, files: Object.values(manifest.files) };
}
