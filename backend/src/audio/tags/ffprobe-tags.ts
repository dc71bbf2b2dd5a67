import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { inputUrl, SAFE_INPUT_OPTIONS } from '../formats.js';
import type { MediaPrograms } from '../media-process.js';

const OUTPUT_LIMIT = 256 * 1024;

const entries = z.record(z.string(), z.string()).default({});
const report = z.object({
  format: z.object({ tags: entries }).default({ tags: {} }),
  streams: z.array(z.object({ tags: entries })).default([]),
});

/** Tags as ffprobe names them, of formats that music-metadata does not know (CAF, AU, W64…). */
export async function readFfprobeTags(
  programs: MediaPrograms,
  path: string,
  timeoutMs: number,
): Promise<{ id: string; value: string }[]> {
  const args = [
    ...SAFE_INPUT_OPTIONS,
    ...['-print_format', 'json', '-select_streams', 'a:0', '-show_entries', 'format_tags:stream_tags'],
    ...['-i', inputUrl(path)],
  ];
  const { size } = await stat(path);
  const process = await programs.start('ffprobe', args, { cpuS: timeoutMs / 1000, fileBytes: size });
  const timer = setTimeout(() => process.kill(), timeoutMs);
  let text = '';
  try {
    process.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.length > OUTPUT_LIMIT) process.kill();
    });
    const { code } = await process.ended;
    if (code !== 0) return [];
  } finally {
    clearTimeout(timer);
  }
  const { format, streams } = report.parse(JSON.parse(text));
  return [format, ...streams].flatMap(({ tags }) => Object.entries(tags).map(([id, value]) => ({ id, value })));
}
