import path from 'node:path';
import { Stop } from '../../scripts/lib/report.mjs';

/**
 * Uploads files, under names that say nothing or under their own, and waits until they are processed.
 * @param {import('../../scripts/lib/api.mjs').Api} api
 * @param {string} audio the folder that the paths start from
 * @param {string[]} files
 * @param {{ real?: boolean }} [names] `real`: under their own names
 * @returns {Promise<Map<string, string>>} the sound's id by the file's path; files with the same bytes share one
 */
export async function ingest(api, audio, files, { real = false } = {}) {
  const idOf = new Map();
  const jobs = [];
  const batchSize = 20;
  for (let start = 0; start < files.length; start += batchSize) {
    const batch = files.slice(start, start + batchSize);
    const uploads = await api.upload(
      batch.map((file, i) => ({
        name: real ? path.basename(file) : `clip-${String(start + i + 1).padStart(4, '0')}${path.extname(file)}`,
        path: path.join(audio, file),
      })),
    );
    uploads.forEach((upload, i) => {
      if (!upload.soundId) throw new Stop(`${batch[i]} was rejected: ${upload.error}`);
      idOf.set(batch[i], upload.soundId);
      if (upload.jobId) jobs.push(upload.jobId);
    });
  }
  for (const job of jobs) await api.finished(job);
  return idOf;
}
