import fs from 'node:fs';
import path from 'node:path';
import { Api } from './lib/api.mjs';
import { withApp, withTempDir } from './lib/app.mjs';
import { runMain, say, seconds, Stop } from './lib/report.mjs';
import { wavOf } from './lib/wav.mjs';

const RATE_HZ = 16_000;
const LENGTH_S = 3;

/** Mono 16-bit PCM: a tone that fades, so that it is neither silent nor refused. */
function tone() {
  const samples = RATE_HZ * LENGTH_S;
  const data = Buffer.alloc(2 * samples);
  for (let at = 0; at < samples; at++) {
    const level = 20_000 * Math.exp(-at / samples) * Math.sin((2 * Math.PI * 440 * at) / RATE_HZ);
    data.writeInt16LE(Math.round(level), 2 * at);
  }
  return wavOf(data, RATE_HZ);
}

// The built server, once through everything, under the Node.js that runs this: start, page, upload, worker, search by sound
// and by name, stream, stop, and start again with what is there.
await runMain(() =>
  withTempDir(async (folder) => {
    const began = Date.now();
    const file = path.join(folder, 'tone.wav');
    fs.writeFileSync(file, tone());
    const data = path.join(folder, 'data');
    const found = async (api) => {
      for (const [mode, query] of Object.entries({ semantic: 'a synthesizer tone', keyword: 'smoke' })) {
        const { results } = await api.search(query, { mode });
        if (results.length !== 1) throw new Stop(`A ${mode} search found ${results.length} sounds instead of 1.`);
      }
    };
    await withApp(
      data,
      async ({ url }) => {
        const page = await fetch(url);
        if (!page.ok || !(await page.text()).includes('<html')) throw new Stop(`The page answers ${page.status}.`);
        const api = new Api(url);
        const [upload] = await api.upload([{ name: 'smoke tone.wav', path: file }]);
        if (!upload?.jobId) throw new Stop(`The upload was refused: ${upload?.error}`);
        await api.finished(upload.jobId);
        await found(api);
        const stream = await fetch(`${url}/api/v1/audio/files/${upload.soundId}/stream`);
        const { byteLength } = await stream.arrayBuffer();
        if (byteLength !== fs.statSync(file).size) throw new Stop(`The stream has ${byteLength} bytes.`);
      },
      { pages: true },
    );
    await withApp(data, ({ url }) => found(new Api(url)));
    say(`The built server works under Node.js ${process.versions.node} (${seconds(Date.now() - began)}).`);
  }),
);
