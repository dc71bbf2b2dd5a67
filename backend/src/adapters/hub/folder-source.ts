import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../../domain/errors.js';
import type { ModelSource, SourceFile } from '../../domain/models/models.ports.js';
import type { Publication } from '../../domain/models/models.types.js';
import { because } from '../../domain/reasons.js';

/** Files that somebody brought: laid out as published (`onnx/…`) or all in one folder. */
export class FolderModelSource implements ModelSource {
  readonly name = 'the folder';

  constructor(private readonly options: { directory: string }) {}

  async open(_publication: Publication, file: string): Promise<SourceFile> {
    const name = path.posix.basename(file);
    for (const place of new Set([file, name, path.posix.join('onnx', name)])) {
      const full = path.join(this.options.directory, place);
      const found = await stat(full).catch(() => null);
      if (!found?.isFile()) continue;
      const mark = `${found.size}-${found.mtimeMs}`;
      // From the beginning: copying is quick, and half a file of another origin may be there.
      return { offset: 0, totalBytes: found.size, mark, chunks: readAll(full, name) };
    }
    throw new DomainError('download_failed', because('model_folder_lacks', { file: name }));
  }
}

async function* readAll(file: string, name: string): AsyncGenerator<Uint8Array, void> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) yield chunk as Buffer;
  } catch (error) {
    throw new DomainError('download_failed', because('model_folder_file_unreadable', { file: name }), { cause: error });
  }
}
