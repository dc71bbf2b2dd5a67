import { z } from 'zod';
import { cleanLine } from '../../domain/library/clean-text.js';
import type { Chapter } from '../../domain/library/library.types.js';
import type { MediaPrograms } from '../media-process.js';
import { ffprobeReport } from './ffprobe-report.js';

const OUTPUT_LIMIT = 1024 * 1024;
const MOST = 1000;
const MAX_TITLE = 500;

const report = z.object({
  chapters: z
    .array(
      z.object({
        start_time: z.coerce.number(),
        end_time: z.coerce.number(),
        tags: z.record(z.string(), z.string()).default({}),
      }),
    )
    .default([]),
});

/** Chapters of MP4, M4B, ID3 (CHAP), Matroska, Ogg and what else ffprobe finds them in; in order of time. */
export async function readChapters(programs: MediaPrograms, path: string, timeoutMs: number): Promise<Chapter[]> {
  const found = await ffprobeReport(programs, path, ['-show_chapters'], { timeoutMs, limit: OUTPUT_LIMIT });
  if (found === null) return [];
  const { chapters } = report.parse(found);
  return chapters
    .filter(({ start_time: from, end_time: to }) => from >= 0 && to > from)
    .sort((a, b) => a.start_time - b.start_time)
    .slice(0, MOST)
    .map(({ start_time: startS, end_time: endS, tags }) => {
      const [, title = ''] = Object.entries(tags).find(([name]) => name.toLowerCase() === 'title') ?? [];
      return { startS, endS, title: cleanLine(title).slice(0, MAX_TITLE) };
    });
}
