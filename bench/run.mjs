import '../scripts/lib/node-version.mjs';
import fs from 'node:fs';
import { root } from '../scripts/lib/paths.mjs';
import { prepare } from '../scripts/lib/prepare.mjs';
import { runMain, say, Stop } from '../scripts/lib/report.mjs';

/** Each measures one thing through the same interfaces that users have, and prints a Markdown table. */
const benches = {
  retrieval: 'R@1, R@5 and mAP@10 of text queries on labelled sounds, through the REST API',
  honesty: 'how rightly searches say that nothing fits, on two libraries',
  latency: 'upload, upload to searchable, search at 10,000 segments, memory',
  ingest: 'how soon a folder of small sounds can be searched, and the processor time of each process',
  folders: 'looking through a big folder that stays where it is: first, again, and what others notice',
  scale: 'several APIs and workers on PostgreSQL, S3 and Redis beside one machine; processes killed; nothing lost',
  load: 'search while the worker is busy, cores in use, memory idle and of long recordings',
  people: 'several people who search, play and upload at once: 10, 50, 200; what grows over time',
  accounts: 'what a search costs with accounts beside one without',
  start: 'from the start of the program with 100,000 sounds until it answers, and finds by sound',
  sizing: 'what fits into how much memory: search and ingest under the limit of a cgroup',
  hostile: 'small files and impatient clients: what each costs, and what others notice',
  tags: 'precision and coverage of automatic tags on labelled sounds',
  catalogue: 'pages of artists and albums of 100,000 sounds, for everybody and for an account',
  search: 'our index beside other libraries: speed, recall, build time, memory, filters',
  followers: 'what many open streams of events cost the searches of another client',
  aspects: 'similar sounds by timbre, pitch and rhythm: what each brings up, and what it costs',
  duplicates: 'recall and precision of copies: encoded anew, cut, at another level',
  tempo: 'tempo of loops, no tempo of other sounds, key of chords',
  index: 'adding, starting and rebuilding while others search; how long the server is held up',
  moments: 'whether a search in long recordings names the right moment',
  embed: 'seconds of audio embedded per second, beside other libraries on the same weights',
  spoken: 'whether questions, commands, paraphrases and exclusions find what their plain words find',
  reading: 'which texts a model counts as read: compounds, foreign languages, made-up words',
  fuzz: 'mutated files and made-up requests: no answer of 500, no hang, memory within bounds',
  pages: 'first paint, key to results, key to sound, and frames of scrolling, in a real browser',
  quality: 'how well a model hears: text to audio, audio to audio, labels; on dev and on sounds of your own',
};

const available = Object.keys(benches).filter((name) => fs.existsSync(new URL(`${name}.mjs`, import.meta.url)));
const usage = `npm run bench -- <name> [options]; --help after a name lists its options\n${available.map((name) => `  ${name.padEnd(10)} ${benches[name]}`).join('\n')}`;

await runMain(async () => {
  const [name, ...args] = process.argv.slice(2);
  if (!name || name === '--help') {
    say(usage);
    return;
  }
  if (!available.includes(name)) throw new Stop(`There is no bench "${name}".\n${usage}`);
  process.chdir(root);
  await prepare({ programs: true, build: true });
  const { main } = await import(`./${name}.mjs`);
  await main(args);
});
