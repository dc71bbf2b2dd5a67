import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { say, step, Stop } from '../scripts/lib/report.mjs';
import { Api } from '../scripts/lib/api.mjs';
import { withApp, withTempDir } from '../scripts/lib/app.mjs';
import { readArgs } from './lib/args.mjs';
import { printTable } from './lib/report.mjs';
import { rightTags } from './lib/tag-labels.mjs';
import { ingest } from './lib/uploads.mjs';

const options = {
  audio: {
    type: 'string',
    default: process.env.SHARED_AUDIO ?? inRoot('..', 'shared', 'audio'),
    help: 'folder with the sounds',
  },
  url: { type: 'string', help: 'a running server with an empty library; by default one is started' },
  verbose: { type: 'boolean', help: 'show the tags of each sound; + marks right ones' },
};

/** How many automatic tags are right, and how many sounds get one, on labelled sounds under neutral names. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const folder = path.join(values.audio, 'dev');
  if (!fs.existsSync(folder)) throw new Stop(`There is no ${folder}. Name the folder of the sounds with --audio.`);
  if (values.url) return measure(new Api(values.url), values);
  await withTempDir((dataDir) => withApp(dataDir, ({ url }) => measure(new Api(url), values)));
}

async function measure(api, { audio, verbose }) {
  const files = fs
    .readdirSync(path.join(audio, 'dev'))
    .filter((file) => rightTags(file) !== null)
    .sort()
    .map((file) => `dev/${file}`);
  const idOf = await step(`Uploading, processing and tagging ${files.length} sounds`, async () => {
    const ids = await ingest(api, audio, files);
    await api.tagged();
    return ids;
  });
  const { model } = await api.stats();
  const sums = { tags: 0, right: 0, tagged: 0, hit: 0, first: 0 };
  for (const file of files) {
    const right = rightTags(file);
    const tags = (await api.sound(idOf.get(file))).tags.filter(({ source }) => source === 'auto');
    const good = tags.filter(({ name }) => right?.has(name));
    sums.tags += tags.length;
    sums.right += good.length;
    if (tags.length > 0) sums.tagged += 1;
    if (good.length > 0) sums.hit += 1;
    if (good.length > 0 && good[0] === tags[0]) sums.first += 1;
    if (verbose) {
      const shown = tags.map(({ name, score }) => `${right?.has(name) ? '+' : '-'}${name} ${score.toFixed(2)}`);
      say(`${file.padEnd(32)} ${shown.join(', ')}`);
    }
  }
  const share = (part, whole) => (whole === 0 ? '–' : (part / whole).toFixed(3));
  printTable(
    `Automatic tags, model ${model.id}, ${files.length} sounds of dev`,
    'npm run bench -- tags',
    ['measure', 'value'],
    [
      ['precision: tags that are right', share(sums.right, sums.tags)],
      ['precision of the first tag', share(sums.first, sums.tagged)],
      ['coverage: sounds with a tag', share(sums.tagged, files.length)],
      ['coverage: sounds with a right tag', share(sums.hit, files.length)],
      ['tags per sound', (sums.tags / files.length).toFixed(2)],
    ],
  );
}
