import path from 'node:path';
import { step } from '../scripts/lib/report.mjs';
import { withTempDir } from '../scripts/lib/app.mjs';
import { readArgs } from './lib/args.mjs';
import { fromBackend } from './lib/backend.mjs';
import { printTable } from './lib/report.mjs';

const options = {
  sounds: { type: 'string', default: '100000', help: 'how many sounds; a tenth as many albums, 3 % as many artists' },
};
const ROUNDS = 10;
const PAGE = { sort: 'name', limit: 60, offset: 0 };

/** What a page of artists or albums costs, in processor time: neighbours do not count. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const sounds = Number(values.sounds);
  const { openDatabase, storageOver, SqlCatalogue } = await fromBackend('adapters/sql/index.js');
  await withTempDir(async (folder) => {
    const db = openDatabase(path.join(folder, 'traum.db'));
    try {
      const [albums, artists] = [Math.ceil(sounds / 10), Math.ceil(sounds * 0.03)];
      await step(`Filling a library with ${sounds} sounds`, async () => fill(db, { sounds, albums, artists }));
      const viewers = { everybody: undefined, 'an account': { id: 'somebody', shared: true, runs: false } };
      const rows = [];
      for (const [what, ask] of Object.entries(questions(albums))) {
        const row = [what];
        for (const viewer of Object.values(viewers)) {
          const catalogue = new SqlCatalogue(storageOver(db), viewer);
          row.push(await processorMs(() => ask(catalogue)));
        }
        rows.push(row);
      }
      const title = `Artists and albums: processor time of a page, ms`;
      printTable(title, `npm run bench -- catalogue --sounds ${sounds}`, ['', ...Object.keys(viewers)], rows);
    } finally {
      db.close();
    }
  });
}

/** @param {number} albums how many there are */
const questions = (albums) => ({
  'artists by name': (catalogue) => catalogue.artists(PAGE),
  'artists, most sounds first': (catalogue) => catalogue.artists({ ...PAGE, sort: 'sounds' }),
  'artists that hold 99': (catalogue) => catalogue.artists({ ...PAGE, text: '99' }),
  'albums by name': (catalogue) => catalogue.albums(PAGE),
  'albums by name, far down': (catalogue) => catalogue.albums({ ...PAGE, offset: Math.floor(albums * 0.9) }),
  'albums, added last first': (catalogue) => catalogue.albums({ ...PAGE, sort: 'added' }),
  'albums of an artist': (catalogue) => catalogue.albums({ ...PAGE, artist: 'artist 7' }),
  'one artist': (catalogue) => catalogue.artists({ ...PAGE, name: 'artist 7' }),
  'one album': (catalogue) => catalogue.albums({ ...PAGE, key: 'album 7\nartist 7' }),
});

async function processorMs(work) {
  await work();
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) await work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1000 / ROUNDS).toFixed(1);
}

function fill(db, { sounds, albums, artists }) {
  const sound = db.prepare(
    `INSERT INTO sounds (id, sha256, filename, extension, size_bytes, title_folded, created_at, updated_at, status, duration_s,
      album, album_artist, album_key, album_place, artist, artist_folded, cover)
     VALUES (@id, @id, @id, 'mp3', 1, @id, '', '', 'ready', 200, @album, @by, @key, @place, @artist, @artist, @cover)`,
  );
  const named = db.prepare('INSERT INTO sound_artists (sound_key, position, name, name_folded) VALUES (?, 0, ?, ?)');
  db.transaction(() => {
    for (let i = 0; i < sounds; i++) {
      const [album, by] = [`album ${i % albums}`, `artist ${(i % albums) % artists}`];
      const artist = `artist ${i % artists}`;
      const place = 10_001 + (Math.floor(i / albums) % 99);
      const row = { id: `sound ${i}`, album, by, key: `${album}\n${by}`, place, artist, cover: `${i % albums}` };
      const { lastInsertRowid } = sound.run(row);
      named.run(lastInsertRowid, artist, artist);
    }
  })();
  db.exec('ANALYZE');
}
