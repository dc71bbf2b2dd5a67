import { open } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';
import { entryOf, type Entry } from '../extent/index.js';
import { entryOptions, inputUrl, SAFE_INPUT_OPTIONS } from '../formats.js';
import type { MediaPrograms } from '../media-process.js';

/** It came to no end, which tells nothing of the file: the machine is short of time or memory, or somebody ended it. */
export const notInTime = (cause?: unknown): DomainError =>
  new DomainError('not_ready', because('decoders_busy'), { cause, transient: true });

/**
 * What ffprobe reports of a file that was asked for with these options, as JSON; null where it could not read it.
 * @param limit more characters than this are no report
 * @throws DomainError `not_ready` when it could not be started, or was ended before it had an answer
 */
export async function ffprobeReport(
  programs: MediaPrograms,
  path: string,
  show: readonly string[],
  { timeoutMs, limit }: { timeoutMs: number; limit: number },
): Promise<unknown> {
  const { size, entry } = await lookAt(path);
  const args = [
    ...SAFE_INPUT_OPTIONS,
    ...entryOptions(entry),
    ...['-print_format', 'json', ...show, '-i', inputUrl(path)],
  ];
  const process = await programs.start('ffprobe', args, { cpuS: timeoutMs / 1000, fileBytes: size });
  const timer = setTimeout(() => process.kill(), timeoutMs);
  let text = '';
  let isTooMuch = false;
  try {
    process.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.length <= limit) return;
      isTooMuch = true;
      process.kill();
    });
    const { code, signal } = await process.ended;
    if (signal !== null && !isTooMuch) throw notInTime(new Error(`ffprobe was ended by ${signal}`));
    if (code !== 0) return null;
  } finally {
    clearTimeout(timer);
  }
  return JSON.parse(text) as unknown;
}

/** What is wrong about the sound is no matter here: a FLAC is read from its head on, where its tags are. */
async function lookAt(path: string): Promise<{ size: number; entry: Entry | null }> {
  const file = await open(path);
  try {
    const entry = await entryOf(file);
    return { size: (await file.stat()).size, entry: entry?.demuxer ? null : entry };
  } finally {
    await file.close();
  }
}
