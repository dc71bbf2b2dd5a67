import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processed, readAlloy } from '../support/alloy.js';
import { AppProcess, until } from './app-process.js';
import { tone } from './ingest-fixtures.js';

const MONITORING = fileURLToPath(new URL('../../../monitoring/', import.meta.url));
const read = (name: string): Promise<string> => readFile(path.join(MONITORING, name), 'utf8');

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}
const panelsOf = async (): Promise<{ title: string; expr: string }[]> => {
  const { panels } = JSON.parse(await read('grafana/dashboards/traum-engine-logs.json')) as Dashboard;
  return panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
};
/** As Docker keeps a line that a container has said. */
const asDocker = (line: string, tag?: string): string =>
  JSON.stringify({
    log: `${line}\n`,
    stream: 'stderr',
    ...(tag && { attrs: { tag } }),
    time: '2026-11-29T12:00:00.123456789Z',
  });

/** Names as Loki's `json` makes them: those below others joined by _. */
function flat(value: object, before = ''): Record<string, unknown> {
  const fields = Object.entries(value).map(([name, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null ? flat(inner, `${before}${name}_`) : { [before + name]: inner },
  );
  return Object.assign({}, ...fields) as Record<string, unknown>;
}

describe('the log, as Loki gets it', () => {
  let folder: string;
  let app: AppProcess;
  let stages: ReturnType<typeof readAlloy>;
  let lines: string[];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'traum-logs-'));
    const process = readAlloy(await read('logs.alloy')).find(({ name }) => name === 'loki.process traum_engine');
    stages = process!.blocks;
    app = await AppProcess.spawn(path.join(folder, 'data'), {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    }).ready();
    // Something of each kind: an answer, a refusal, a sound, a warning with an error.
    const form = new FormData();
    form.append('files', new Blob([await readFile(await tone(path.join(folder, 'tone.wav'), 3))]), 'tone.wav');
    await app.json('/audio/upload', { method: 'POST', body: form });
    await app.json('/search?q=rain');
    await fetch(`${app.url}/api/v1/audio/files/nothing`);
    await until(60_000, 'the sound and a warning', () => /job ended/.test(app.output) && /"level":40/.test(app.output));
    for (const redis of app.descendants('redis-server')) globalThis.process.kill(redis, 'SIGKILL');
    await until(30_000, 'a word about Redis', () => app.output.includes('"err":'));
    await app.stop();
    lines = app.output.split('\n').filter((line) => line.startsWith('{'));
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('goes on the way that the configuration names, each part to one that is there', async () => {
    const parts = readAlloy(await read('logs.alloy'));
    const names = parts.map(({ name }) => name.replace(' ', '.'));
    for (const { attributes } of parts) {
      for (const next of (attributes.forward_to ?? []) as string[]) {
        expect(names).toContain(next.replace(/\.receiver$/, ''));
      }
      const { targets } = attributes as { targets?: string };
      if (targets !== undefined) expect(names).toContain(targets.replace(/\.targets$/, ''));
    }
    const [write] = parts.filter(({ name }) => name === 'loki.write loki');
    const { url } = write!.blocks[0]!.attributes as { url: string };
    const port = /http_listen_port: (\d+)/.exec(await read('loki.yml'))?.[1];
    expect(url).toBe(`http://loki:${port}/loki/api/v1/push`);
    expect(await read('grafana/provisioning/datasources/loki.yml')).toContain(new URL(url).origin);
  });

  it('has lines of API and worker with their part, severity and time, as they were said', () => {
    const seen = new Set<string>();
    for (const line of lines) {
      const said = JSON.parse(line) as { name: string; level: number; time: string };
      const { labels, at, ...kept } = processed(stages, asDocker(line, 'traum-engine'))!;
      const severity = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' }[said.level];
      expect(labels).toEqual({ job: 'traum-engine', part: said.name, severity });
      expect(at).toBe(said.time);
      expect(kept.line.trim()).toBe(line);
      seen.add(`${said.name} ${severity}`);
    }
    for (const each of ['api info', 'worker info', 'api warn']) expect(seen).toContain(each);
  });

  it('keeps what is no JSON, and nothing of other containers', () => {
    const plain = processed(stages, asDocker('Traum-Engine is ready: http://localhost:8000', 'traum-engine'));
    expect(plain?.labels).toEqual({ job: 'traum-engine' });
    expect(processed(stages, asDocker(lines[0]!))).toBeNull();
    expect(processed(stages, asDocker(lines[0]!, 'another'))).toBeNull();
    expect(processed(stages, 'not of Docker')).toBeNull();
  });

  it('is tagged by Docker where the backend runs', async () => {
    const compose = await readFile(path.join(MONITORING, '../docker-compose.yml'), 'utf8');
    const backend = compose.slice(compose.indexOf('x-backend:'), compose.indexOf('\nservices:'));
    expect(backend).toMatch(/driver: json-file[\s\S]*tag: traum-engine/);
    for (const [, file] of compose.matchAll(/- \.\/monitoring\/(\S+?):\//g)) {
      // Addresses of one's own are not in the repository.
      if (file !== 'secrets')
        expect(await readdir(path.dirname(path.join(MONITORING, file!)))).toContain(path.basename(file!));
    }
  });

  it('has every field that the dashboard asks for, in a line that its query finds', async () => {
    const fields = lines.map((line) => flat(JSON.parse(line) as object));
    for (const { title, expr } of await panelsOf()) {
      const labels = processed(stages, asDocker(lines[0]!, 'traum-engine'))!.labels;
      const [, selector = ''] = /\{([^}]*)\}/.exec(expr) ?? [];
      for (const [, name] of selector.matchAll(/(\w+)=~?"/g)) expect(labels, title).toHaveProperty(name!);
      for (const [, part] of selector.matchAll(/part="(\w+)"/g)) expect(fields.map(({ name }) => name)).toContain(part);
      // Names that the query itself makes.
      const made = new Set([...expr.matchAll(/\(\?P<(\w+)>/g)].map(([, name]) => name!));
      const asked = [
        ...[...expr.matchAll(/\{\{ \.(\w+) \}\}/g)].map(([, name]) => name!),
        ...[...expr.matchAll(/\| (\w+) ?(?:=|!=|>=|<=|>|<) ?["\d]/g)].map(([, name]) => name!),
        ...[...expr.matchAll(/unwrap (\w+)/g)].map(([, name]) => name!),
        ...[...expr.matchAll(/by \((\w+)\)/g)].map(([, name]) => name!),
      ].filter((name) => !made.has(name) && !(name in labels));
      const wanted = /msg="([^"]+)"/.exec(expr)?.[1];
      const found = fields.filter((each) => wanted === undefined || each.msg === wanted);
      expect(found.length, title).toBeGreaterThan(0);
      for (const name of asked)
        expect(
          found.some((each) => name in each),
          `${title}: ${name}`,
        ).toBe(true);
    }
    expect((await panelsOf()).length).toBeGreaterThan(4);
  });
});
