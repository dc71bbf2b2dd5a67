import { z } from 'zod';
import type { MediaPrograms } from '../media-process.js';
import { ffprobeReport } from './ffprobe-report.js';

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
  const found = await ffprobeReport(
    programs,
    path,
    ['-select_streams', 'a:0', '-show_entries', 'format_tags:stream_tags'],
    { timeoutMs, limit: OUTPUT_LIMIT },
  );
  if (found === null) return [];
  const { format, streams } = report.parse(found);
  return [format, ...streams].flatMap(({ tags }) => Object.entries(tags).map(([id, value]) => ({ id, value })));
}
