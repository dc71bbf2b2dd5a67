import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { say } from '../scripts/lib/report.mjs';
import { fromBackend } from './lib/backend.mjs';
import { readArgs } from './lib/args.mjs';
import { readCsv } from './lib/csv.mjs';
import { printTable } from './lib/report.mjs';

const options = {
  model: { type: 'string', default: 'compact-clap', help: 'id of the model' },
  verbose: { type: 'boolean', help: 'list the mistakes' },
};

/** Of each kind of text, whether a model should read it. */
const SHOULD_BE_READ = { compound: true, foreign: false, nonsense: false };

/** Which texts count as read: German compounds, foreign languages and made-up words, none of them tried before they were written. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const { createTextEmbedder, loadModel } = await fromBackend('clap/index.js');
  const model = await loadModel(inRoot('models'), values.model);
  const embedder = await createTextEmbedder(model, {
    provider: 'cpu',
    logger: { info: () => undefined, warn: () => undefined },
  });
  const embed = (text) => embedder.embedTexts([text]).then(([vector]) => vector, notRead);
  const texts = readCsv(path.join(inRoot('bench'), 'reading-texts.csv'));
  const names = [...new Set(texts.map(({ concept }) => concept).filter(Boolean))];
  const concepts = [];
  for (const name of names) concepts.push({ name, vector: await embed(name.replaceAll('_', ' ')) });
  const rows = [];
  for (const [kind, should] of Object.entries(SHOULD_BE_READ)) {
    const own = texts.filter((text) => text.kind === kind);
    const judged = [];
    for (const { text, concept } of own) {
      const vector = await embed(text);
      judged.push({
        text,
        read: vector !== null,
        place: vector && concept ? placeOf(concept, vector, concepts) : null,
      });
    }
    const count = (test) => judged.filter(test).length;
    const placed = judged.some(({ place }) => place !== null);
    rows.push([
      `${own.length} × ${kind}`,
      `${count(({ read }) => read)} (${should ? 'should: all' : 'should: none'})`,
      placed ? count(({ place }) => place === 0) : '',
      placed ? count(({ place }) => place !== null && place < 5) : '',
    ]);
    const wrong = judged.filter(({ read }) => read !== should).map(({ text }) => text);
    if (values.verbose && wrong.length > 0) say(`${kind}, wrong: ${wrong.join(', ')}`);
  }
  await embedder.close();
  printTable(
    `What counts as read, model ${model.info.id} ${model.manifest.version}`,
    'npm run bench -- reading',
    ['texts', 'read', `right one of ${names.length} sounds`, 'among five'],
    rows,
  );
}

const notRead = (error) => {
  if (error.code === 'invalid_input') return null;
  throw error;
};

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** How many other sounds are nearer to it than its own. */
function placeOf(concept, vector, concepts) {
  const scores = new Map(concepts.map((one) => [one.name, one.vector ? dot(vector, one.vector) : -1]));
  return concepts.filter(({ name }) => scores.get(name) > scores.get(concept)).length;
}
