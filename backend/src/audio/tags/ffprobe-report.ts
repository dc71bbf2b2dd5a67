import { stat } from 'node:fs/promises';
import { inputUrl, SAFE_INPUT_OPTIONS } from '../formats.js';
import type { MediaPrograms } from '../media-process.js';

/**
 * What ffprobe reports of a file that was asked for with these options, as JSON; null where it could not read it.
 * @param limit more characters than this are no report
 */
export async function ffprobeReport(
  programs: MediaPrograms,
  path: string,
  show: readonly string[],
  { timeoutMs, limit }: { timeoutMs: number; limit: number },
): Promise<unknown> {
  const args = [...SAFE_INPUT_OPTIONS, '-print_format', 'json', ...show, '-i', inputUrl(path)];
  const { size } = await stat(path);
  const process = await programs.start('ffprobe', args, { cpuS: timeoutMs / 1000, fileBytes: size });
  const timer = setTimeout(() => process.kill(), timeoutMs);
  let text = '';
  try {
    process.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.length > limit) process.kill();
    });
    if ((await process.ended).code !== 0) return null;
  } finally {
    clearTimeout(timer);
  }
  return JSON.parse(text) as unknown;
}
