import { setTimeout as pause } from 'node:timers/promises';
import { sound } from './sounds.mjs';

const RETRY_MS = 200;
const GIVE_UP_MS = 5 * 60_000;

/**
 * Uploads sounds one after the other, again and again where there was no answer, as a client does that wants them in.
 * @param {import('./server.mjs').DrillServer} server
 * @param {{ count: number, seed: number, first?: number, patience?: number, pauseMs?: number }} options
 * @returns {Promise<{ accepted: Map<string, string>, refused: { name: string, status: number, detail: string }[] }>} `accepted`: names by hash, of
 *   those the server said it had
 */
export async function uploadAll(server, { count, seed, first = 0, patience = GIVE_UP_MS, pauseMs = 0 }) {
  const accepted = new Map();
  const refused = [];
  for (let number = first; number < first + count; number++) {
    const { name, bytes, sha256 } = sound(number, seed);
    const end = Date.now() + patience;
    for (;;) {
      const answer = await upload(server, name, bytes);
      if (answer.accepted) {
        accepted.set(sha256, name);
        break;
      }
      if (answer.final) {
        refused.push({ name, status: answer.status, detail: answer.detail });
        break;
      }
      if (Date.now() > end) {
        refused.push({ name, status: answer.status, detail: `gave up: ${answer.detail}` });
        break;
      }
      await pause(RETRY_MS);
    }
    await pause(pauseMs);
  }
  return { accepted, refused };
}

async function upload(server, name, bytes) {
  const form = new FormData();
  form.append('files', new Blob([bytes]), name);
  try {
    const { uploads } = await server.json('/audio/upload', { method: 'POST', body: form });
    const [{ status, error }] = uploads;
    return { accepted: status !== 'rejected', final: true, status: 202, detail: error ?? status };
  } catch (error) {
    const status = error.status ?? 0;
    // Refused for what it is: a client does not send it again.
    return {
      accepted: false,
      final: status >= 400 && status < 500 && status !== 429 && status !== 409,
      status,
      detail: String(error.message).slice(0, 200),
    };
  }
}
