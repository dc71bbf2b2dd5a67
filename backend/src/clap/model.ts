import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../domain/errors.js';
import type { ModelInfo } from '../domain/ingest/ingest.ports.js';
import { knownModels, pinnedManifestOf } from './known-models.js';
import { parseManifest, type Manifest, type ModelFile, type ModelFileRole } from './manifest.js';
import { because, type Reason } from '../domain/reasons.js';

/** A model whose files are all there with the right sizes. */
export interface ClapModel {
  readonly manifest: Manifest;
  /** The model's folder. */
  readonly dir: string;
  /** `id@` + the first 12 hex digits of the audio graph's hash: vectors of different keys are never compared. */
  readonly key: string;
  /** All files together. */
  readonly sizeBytes: number;
  /** As the embedders report it before a session is open: the provider is then still `cpu`. */
  readonly info: ModelInfo;
  /** Absolute paths. */
  readonly files: { audio: string; text: string; tokenizer: string; background: string | null; words: string | null };
}

const unavailable = (message: string | Reason, cause?: unknown): DomainError =>
  new DomainError('model_unavailable', message, { cause });

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/**
 * Reads `<modelsDir>/<id>/manifest.json` (or the built-in manifest of a known model) and checks that its files are
 * there with the stated sizes. Hashes are not computed here, see {@link verifyModel}.
 * @throws DomainError `model_unavailable` naming what is missing or wrong, and the remedy.
 */
export async function loadModel(modelsDir: string, id: string): Promise<ClapModel> {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(id)) {
    throw unavailable(because('model_id_odd', { model: id }));
  }
  const dir = path.resolve(modelsDir, id);
  const manifest = await readManifest(dir, id);
  const files = { audio: '', text: '', tokenizer: '', background: null as string | null, words: null as string | null };
  let sizeBytes = 0;
  for (const [role, file] of modelFiles(manifest)) {
    const found = await locate(dir, file, !knownModels.has(id));
    if (!found) {
      throw unavailable(because('model_file_missing', { model: id, file: file.path }));
    }
    if (file.sizeBytes !== null && found.sizeBytes !== file.sizeBytes) {
      throw unavailable(
        because('model_file_size', { file: file.path, model: id, bytes: found.sizeBytes, expected: file.sizeBytes }),
      );
    }
    files[role] = found.path;
    sizeBytes += found.sizeBytes;
  }
  const key = `${id}@${manifest.files.audio.sha256.slice(0, 12)}`;
  const info: ModelInfo = {
    id,
    name: manifest.name,
    key,
    dimension: manifest.dimension,
    sampleRateHz: manifest.audio.sampleRateHz,
    windowS: manifest.audio.windowS,
    hearsShort: manifest.audio.padding === 'none',
    calibration: manifest.calibration,
    provider: 'cpu',
  };
  return { manifest, dir, key, sizeBytes, info, files };
}

/** The outcome of hashing one file of a model. `unpinned`: the manifest states no hash to compare with. */
interface FileVerdict {
  role: ModelFileRole;
  path: string;
  verdict: 'ok' | 'unpinned' | 'damaged';
  sha256: string;
}

/** Hashes every file of a loaded model and compares with its manifest. Reads the files as streams. */
export async function verifyModel(model: ClapModel): Promise<FileVerdict[]> {
  const verdicts: FileVerdict[] = [];
  for (const [role, file] of modelFiles(model.manifest)) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(model.files[role] ?? '')) hash.update(chunk as Buffer);
    const sha256 = hash.digest('hex');
    const verdict = file.sha256 === null ? 'unpinned' : file.sha256 === sha256 ? 'ok' : 'damaged';
    verdicts.push({ role, path: file.path, verdict, sha256 });
  }
  return verdicts;
}

function modelFiles(manifest: Manifest): [ModelFileRole, ModelFile][] {
  const { audio, text, tokenizer, background, words } = manifest.files;
  const files: [ModelFileRole, ModelFile][] = [
    ['audio', audio],
    ['text', text],
    ['tokenizer', tokenizer],
  ];
  if (background) files.push(['background', background]);
  if (words) files.push(['words', words]);
  return files;
}

async function readManifest(dir: string, id: string): Promise<Manifest> {
  let json: string;
  try {
    json = await readFile(path.join(dir, 'manifest.json'), 'utf8');
  } catch (error) {
    const known = isMissing(error) ? pinnedManifestOf(id) : null;
    if (known) return known;
    if (isMissing(error) && !(await holdsModels(path.dirname(dir)))) {
      throw unavailable(
        `There is no model "${id}": where MODELS_DIR says, the folder is missing or has no models. Set MODELS_DIR to the folder ` +
          'models/ of Traum-Engine, which holds compact-clap.',
        error,
      );
    }
    const remedy = knownModels.has(id)
      ? `Install it: npm run model -- install ${id}`
      : 'Set MODEL to an installed model: npm run model -- list';
    throw unavailable(
      `There is no model "${id}": models/${id}/manifest.json is missing or not readable. ${remedy}`,
      error,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw unavailable(
      `The manifest of the model "${id}" is not valid JSON. Restore models/${id}/manifest.json.`,
      error,
    );
  }
  const parsed = parseManifest(value);
  if (!parsed.ok) {
    throw unavailable(`The manifest of the model "${id}" is not usable (${parsed.problem}). See models/README.md.`);
  }
  if (parsed.manifest.id !== id) {
    throw unavailable(`The manifest in models/${id}/ is that of "${parsed.manifest.id}". Rename the folder to its id.`);
  }
  return parsed.manifest;
}

/** Whether any folder in it has a manifest, or is that of a known model. */
async function holdsModels(modelsDir: string): Promise<boolean> {
  for (const name of await readdir(modelsDir).catch((): string[] => [])) {
    if (knownModels.has(name)) return true;
    const manifest = await stat(path.join(modelsDir, name, 'manifest.json')).catch(() => null);
    if (manifest) return true;
  }
  return false;
}

/** Looks for the file at its path and, for models laid out by their publisher, also directly in the folder. */
async function locate(
  dir: string,
  file: ModelFile,
  exact: boolean,
): Promise<{ path: string; sizeBytes: number } | null> {
  const places = exact ? [file.path] : [file.path, path.posix.basename(file.path)];
  for (const place of places) {
    const candidate = path.join(dir, place);
    try {
      const found = await stat(candidate);
      if (found.isFile()) return { path: candidate, sizeBytes: found.size };
    } catch (error) {
      if (!isMissing(error)) throw unavailable(because('model_file_unreadable', { file: file.path }), error);
    }
  }
  return null;
}
