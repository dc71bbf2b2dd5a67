import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from '../scripts/lib/paths.mjs';
import { seconds, step, Stop } from '../scripts/lib/report.mjs';
import { withTempDir } from '../scripts/lib/app.mjs';
import { readArgs } from './lib/args.mjs';
import { ensurePeers } from './lib/peers.mjs';
import { mean, percentile } from './lib/ranking.mjs';
import { printTable } from './lib/report.mjs';
import { makeData } from './lib/search/data.mjs';
import { engines } from './lib/search/engines.mjs';

const options = {
  sizes: { type: 'string', default: '10000,100000', help: 'segments to search among, with commas' },
  dimension: { type: 'string', default: '512', help: 'numbers per vector (compact-clap has 384)' },
  engines: { type: 'string', default: 'plain,traum,hnswlib,usearch,sqlite-vec', help: 'what to compare' },
  queries: { type: 'string', default: '300', help: 'different queries, half of them far from every segment' },
  'build-limit': { type: 'string', default: '240', help: 'seconds after which building is given up and extrapolated' },
  'query-limit': { type: 'string', default: '15', help: 'seconds of searching for each engine and filter' },
};

/** Shares of the library that a filter leaves; three sounds besides. */
const SELECTIVITIES = [1, 0.1, 0.01, 0.001];
const FEW = 3;

/** Our index beside others on the same vectors, and beside itself under filters. */
export async function main(args) {
  const values = readArgs(args, options);
  if (!values) return;
  const number = (name) => positive(name, values[name]);
  const sizes = values.sizes.split(',').map((size) => positive('sizes', size));
  const names = values.engines.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !engines[name]);
  if (unknown) throw new Stop(`There is no engine "${unknown}". There are: ${Object.keys(engines).join(', ')}.`);
  // Only an exact scan knows what the others should have found.
  const chosen = ['plain', ...names.filter((name) => name !== 'plain')];
  if (chosen.some((name) => engines[name].peer)) await ensurePeers();
  for (const count of sizes) {
    await withTempDir((folder) =>
      compare(folder, chosen, {
        count,
        dimension: number('dimension'),
        queries: number('queries'),
        buildLimitS: number('build-limit'),
        queryLimitS: number('query-limit'),
      }),
    );
  }
}

function positive(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Stop(`--${name} takes whole numbers above 0, not "${text}".`);
  return value;
}

async function compare(folder, names, setup) {
  const { count, dimension } = setup;
  const files = await step(`Making ${count} vectors of ${dimension} numbers`, async () => makeData(folder, setup));
  const filters = [...new Set([...SELECTIVITIES.map((share) => Math.round(share * count)), FEW])].filter(
    (left) => left >= FEW,
  );
  const measured = [];
  for (const name of names) {
    const asked = engines[name].filters ? filters : [];
    const result = await step(`${engines[name].title}, ${count} segments`, () =>
      measure(path.join(folder, name), { ...setup, name, files, filters: asked }),
    );
    measured.push({ name, ...result });
  }
  const truth = measured[0];
  const command = `npm run bench -- search --sizes ${count} --dimension ${dimension}`;
  printTable(
    `${count} segments of ${dimension} numbers, the 10 nearest`,
    command,
    ['engine', 'p50', 'p99', 'recall@10', 'build', 'memory'],
    measured.map((one) => engineRow(one, truth)),
  );
  printTable(
    `The same with filters: p50 / p99 / recall@10`,
    command,
    ['engine', 'no filter', ...filters.map((left) => filterTitle(left, count))],
    measured
      .filter(({ name, build }) => engines[name].filters && build.complete)
      .map(({ name, all, filtered }) => [
        engines[name].title,
        cell(all, truth.all),
        ...filters.map((left) => cell(filtered[left], truth.filtered[left])),
      ]),
  );
  const distributed = measured.filter(({ killed }) => killed);
  if (distributed.length === 0) return;
  printTable(
    'A node is killed while searches run, without a filter',
    command,
    ['engine', 'p50 / p99 / recall@10', 'slowest', 'searches', 'failed'],
    distributed.map(({ name, killed }) => [
      engines[name].title,
      cell(killed, truth.all),
      millis(Math.max(...killed.times)),
      String(killed.times.length),
      String(killed.failed),
    ]),
  );
}

/** Runs one engine in a process of its own. */
async function measure(folder, task) {
  fs.mkdirSync(folder);
  const script = inRoot('bench', 'search-child.mjs');
  const child = spawn(process.execPath, ['--expose-gc', script, JSON.stringify({ ...task, folder })], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Stop(`${task.name} ended with code ${code}.`);
  const result = JSON.parse(fs.readFileSync(path.join(folder, 'result.json'), 'utf8'));
  fs.rmSync(folder, { recursive: true });
  return result;
}

function engineRow({ name, build, all, megabytes }, truth) {
  const { title } = engines[name];
  if (!build.complete) {
    const share = `${Math.round(build.done * 100)} %`;
    const whole = seconds(build.ms / build.done);
    return [title, '–', '–', '–', `given up after ${seconds(build.ms)} at ${share}; more than ${whole} in all`, '–'];
  }
  return [
    title,
    millis(percentile(all.times, 0.5)),
    millis(percentile(all.times, 0.99)),
    recall(all, truth.all).toFixed(3),
    seconds(build.ms),
    `${megabytes} MB`,
  ];
}

const filterTitle = (left, count) => (left === FEW ? `${FEW} sounds` : `${(100 * left) / count} %`);

function cell(answers, truth) {
  const [p50, p99] = [0.5, 0.99].map((part) => millis(percentile(answers.times, part)));
  return `${p50} / ${p99} / ${recall(answers, truth).toFixed(3)}`;
}

/** Over the queries that both had the time to answer. */
function recall(answers, truth) {
  const both = Math.min(answers.found.length, truth.found.length);
  return mean(
    answers.found.slice(0, both).map((rows, i) => {
      const wanted = new Set(truth.found[i]);
      return rows.filter((row) => wanted.has(row)).length / wanted.size;
    }),
  );
}

const millis = (ms) => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(1)} ms`;
