import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppProcess, until } from './app-process.js';

const MONITORING = fileURLToPath(new URL('../../../monitoring/', import.meta.url));
const isThere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const PROGRAMS = ['promtool', 'prometheus', 'prometheus-alertmanager'];
const lacking = PROGRAMS.filter((program) => !isThere(program));

interface Dashboard {
  panels: { title: string; targets?: { expr: string }[] }[];
}
const read = (name: string): Promise<string> => readFile(path.join(MONITORING, name), 'utf8');
const expressionsOf = async (): Promise<string[]> => {
  const { panels } = JSON.parse(await read('grafana/dashboards/traum-engine.json')) as Dashboard;
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
};

describe('Grafana', () => {
  it('starts with a password of one’s own alone', async () => {
    const file = fileURLToPath(new URL('../../../docker-compose.yml', import.meta.url));
    const section = (await readFile(file, 'utf8')).split(/^ {2}(?=\w+:$)/m).find((text) => text.startsWith('grafana:'));
    expect(section).toContain('GF_SECURITY_ADMIN_PASSWORD: ${GRAFANA_PASSWORD:-}\n');
    const [, script = ''] = /- \|\n((?: {8}.*\n)+)/.exec(section!) ?? [];
    const words = ['-c', script.replaceAll('$$', '$').replace('/run.sh', 'echo started')];
    const start = (password: string) =>
      spawnSync('/bin/sh', words, {
        env: { PATH: process.env['PATH'], GF_SECURITY_ADMIN_PASSWORD: password },
        encoding: 'utf8',
      });
    for (const known of ['', 'admin', 'traum-engine']) {
      const refused = start(known);
      expect([refused.status, refused.stdout]).toEqual([1, '']);
      expect(refused.stderr).toContain('GRAFANA_PASSWORD');
    }
    expect(start('five words of my own')).toMatchObject({ status: 0, stdout: 'started\n' });
  });
});

describe('the guide', () => {
  it('says of every alert what to do', async () => {
    const guide = await readFile(path.join(MONITORING, '../docs/operations.md'), 'utf8');
    const names = [...(await read('alerts.yml')).matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(guide, name).toContain(`**${name}**`);
  });
});

describe.skipIf(lacking.length > 0)(
  `monitoring${lacking.length > 0 ? ` (not here: ${lacking.join(', ')})` : ''}`,
  () => {
    let folder: string;
    let app: AppProcess;
    let hook: Server;
    let prometheusUrl: string;
    const told: string[] = [];
    const children: ChildProcess[] = [];

    const freePort = async (): Promise<number> => {
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      return port;
    };
    const query = async (expr: string): Promise<unknown[]> => {
      const response = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expr)}`);
      const { status, error, data } = (await response.json()) as {
        status: string;
        error?: string;
        data: { result: unknown[] };
      };
      if (status !== 'success') throw new Error(`${expr}: ${error}`);
      return data.result;
    };

    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'traum-monitoring-'));
      hook = createServer((request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          told.push(body);
          response.end();
        });
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => hook.once('listening', resolve));
      const { port: hookPort } = hook.address() as AddressInfo;
      app = await AppProcess.spawn(path.join(folder, 'data'), { BACKUP_DIR: path.join(folder, 'vault') }).ready();
      const [prometheusPort, alertPort] = [await freePort(), await freePort()];
      prometheusUrl = `http://127.0.0.1:${prometheusPort}`;
      // The same files, with addresses of this machine and shorter times.
      const main = (await read('prometheus.yml'))
        .replaceAll('15s', '4s')
        .replace('api:8000', new URL(app.url).host)
        .replace('alertmanager:9093', `127.0.0.1:${alertPort}`);
      const rules = (await read('alerts.yml')).replaceAll(/for: \d+[mh]/g, 'for: 2s');
      const alertmanager = (await read('alertmanager.yml'))
        .replace('url_file: /etc/alertmanager/secrets/webhook', `url: http://127.0.0.1:${hookPort}/`)
        .replace('group_wait: 30s', 'group_wait: 0s');
      await writeFile(path.join(folder, 'prometheus.yml'), main);
      await writeFile(path.join(folder, 'alerts.yml'), rules);
      await writeFile(path.join(folder, 'alertmanager.yml'), alertmanager);
      const start = (program: string, ...args: string[]): void =>
        void children.push(spawn(program, args, { cwd: folder, stdio: 'ignore' }));
      start(
        'prometheus',
        '--config.file=prometheus.yml',
        '--storage.tsdb.path=metrics',
        `--web.listen-address=127.0.0.1:${prometheusPort}`,
      );
      start(
        'prometheus-alertmanager',
        '--config.file=alertmanager.yml',
        '--storage.path=alerts',
        `--web.listen-address=127.0.0.1:${alertPort}`,
        '--cluster.listen-address=',
      );
      await fetch(`${app.url}/api/v1/search?q=rain&mode=keyword`);
      await until(
        60_000,
        'Prometheus to have scraped',
        async () => (await query('up == 1').catch(() => [])).length === 1,
      );
    }, 150_000);

    afterAll(async () => {
      for (const child of children) child.kill('SIGKILL');
      hook.close();
      if (app.child.exitCode === null) await app.stop();
      await rm(folder, { recursive: true, force: true });
    });

    it('has rules that Prometheus accepts', () => {
      const checked = spawnSync('promtool', ['check', 'rules', path.join(MONITORING, 'alerts.yml')], {
        encoding: 'utf8',
      });
      expect(checked.stderr + checked.stdout).toContain('SUCCESS');
    });

    it(
      'gets data for every query of the dashboard and for every metric in a rule, from the real server',
      { timeout: 120_000 },
      async () => {
        for (const expr of await expressionsOf()) {
          await until(
            60_000,
            `data for ${expr}`,
            async () => (await query(expr.replaceAll(/\[\d+[mh]\]/g, '[1m]'))).length > 0,
          );
        }
        const rules = await read('alerts.yml');
        // What is only there once a sound was processed or a backup made is told in the next test.
        const later = new Set(['traum_stage_runs_total', 'traum_index_recall_probe']);
        const metrics = new Set(rules.match(/\b(?:traum|nodejs|process)_\w+/g));
        for (const name of metrics) {
          if (later.has(name)) continue;
          await until(30_000, `data for ${name}`, async () => (await query(name)).length > 0);
        }
      },
    );

    it('tells a webhook when something breaks', { timeout: 180_000 }, async () => {
      const mentions = (name: string, status: string): boolean =>
        told.some((body) => {
          const { alerts } = JSON.parse(body) as { alerts: { status: string; labels: { alertname: string } }[] };
          return alerts.some((alert) => alert.status === status && alert.labels.alertname === name);
        });
      const [redis] = app.descendants('redis-server');
      process.kill(redis ?? 0, 'SIGSTOP');
      try {
        await until(90_000, 'the alert of the queue', () => mentions('TraumPartDown', 'firing'));
      } finally {
        process.kill(redis ?? 0, 'SIGCONT');
      }
      await app.stop();
      await until(60_000, 'the alert of the server', () => mentions('TraumDown', 'firing'));
    });
  },
);
