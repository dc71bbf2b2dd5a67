import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createAdaptorServer } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.js';
import type { AppDeps } from '../../src/http/deps.js';
import { DomainError } from '../../src/domain/errors.js';
import { because } from '../../src/domain/reasons.js';
import { FakeWorld } from '../support/fakes.js';

interface Event {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

/** Everything here listens through real sockets. */
let world: FakeWorld;
let server: http.Server;
let clients: http.ClientRequest[];

beforeEach(() => {
  world = new FakeWorld();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function serve(given: Parameters<FakeWorld['deps']>[0] = {}): Promise<AppDeps> {
  const deps = world.deps({ pace: { heartbeatMs: 60_000, intervalMs: 5 }, ...given });
  server = createAdaptorServer({ fetch: createApp(deps).fetch }) as http.Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return deps;
}

const ask = (path: string, method = 'GET', from = '10.0.0.1'): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const client = http
      .request({ port, path, method, agent: false, headers: { 'x-forwarded-for': from } }, resolve)
      .on('error', reject);
    clients.push(client.end());
  });

/** Opens a stream and gathers what comes. */
async function follow(path = '/api/v1/events', from?: string) {
  const response = await ask(path, 'GET', from);
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  response.on('error', () => undefined);
  const events = (): Event[] =>
    [...text.matchAll(/^(?:id: (.*)\n)?event: (.*)\ndata: (.*)\n\n/gm)].map(([, id, event, data]) => ({
      id: id ?? '',
      event: event!,
      data: JSON.parse(data!) as Record<string, unknown>,
    }));
  return { response, events, text: () => text };
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 8_000) throw new Error('It did not happen.');
    await pause(10);
  }
}

const manyJobs = (count: number) => Array.from({ length: count }, (_, i) => world.newJob(world.add(`s${i}`).id, 1));

describe('the stream of all events', () => {
  it('begins with one snapshot, running jobs first, however many are unfinished', async () => {
    const jobs = manyJobs(1000);
    world.advance(jobs[900]!.id, { state: 'active', stage: 'embedding', progress: 0.5 });
    await serve();
    const { events, text } = await follow();
    await until(() => events().length > 0);
    await pause(50);
    expect(events()).toHaveLength(1);
    const [{ event, data }] = events() as [Event];
    expect([event, data.total]).toEqual(['snapshot', 1000]);
    expect(data.jobs).toHaveLength(50);
    expect((data.jobs as unknown[])[0]).toMatchObject({ jobId: jobs[900]!.id, state: 'active' });
    expect(text().length).toBeLessThan(100_000);
  });

  it('looks a change up once for all who listen', async () => {
    const [job] = manyJobs(1);
    const deps = await serve();
    const followers = await Promise.all(Array.from({ length: 30 }, () => follow()));
    await until(() => followers.every(({ events }) => events().length === 1));
    let looked = 0;
    const read = deps.uploads.jobs.bind(deps.uploads);
    deps.uploads.jobs = (actor, ids) => {
      looked++;
      return read(actor, ids);
    };
    world.advance(job!.id, { state: 'active', progress: 0.25 });
    await until(() => followers.every(({ events }) => events().length === 2));
    expect(looked).toBe(1);
    expect(world.listeners).toBe(1);
    for (const { events } of followers) expect(events()[1]).toMatchObject({ event: 'job', data: { progress: 0.25 } });
  });

  it('tells of long work as its list does, with why it failed in words and in names', async () => {
    await serve();
    const { events } = await follow();
    await until(() => events().length > 0);
    const order = { kind: 'check' as const, subject: null, owner: 'local' };
    const broken = new DomainError('internal', because('database_could_not'));
    const job = await world.work.begin(order, () => Promise.reject(broken));
    const failed = (): Event | undefined => events().find(({ data }) => data['state'] === 'failed');
    await until(() => failed() !== undefined);
    const response = await ask(`/api/v1/jobs/${job!.id}`);
    let listed = '';
    for await (const chunk of response) listed += String(chunk);
    expect(failed()).toMatchObject({
      event: 'work',
      data: { error: broken.message, reasons: [{ id: 'database_could_not', params: {} }] },
    });
    expect(failed()!.data).toEqual(JSON.parse(listed));
  });

  it('brings a newcomer what others were told since the snapshot was made', async () => {
    const [job] = manyJobs(1);
    await serve();
    const early = await follow();
    world.advance(job!.id, { state: 'completed', progress: 1 });
    await until(() => early.events().length === 2);
    const late = await follow();
    await until(() => late.events().length > 0);
    const last = late.events().at(-1)!;
    const state = last.event === 'job' ? last.data.state : (last.data.total as number) === 0 && 'completed';
    expect(state).toBe('completed');
  });

  it('tells of every one of many changes, and of those that come while it sends', async () => {
    const jobs = manyJobs(350);
    await serve();
    const { events } = await follow();
    await until(() => events().length === 1);
    for (const { id } of jobs) {
      world.advance(id, { state: 'completed', progress: 1 });
      if (Math.random() < 0.05) await pause(3);
    }
    const told = () =>
      new Set(events().flatMap(({ event, data }) => (event === 'job' && data.state === 'completed' ? data.jobId : [])));
    await until(() => told().size === 350);
  });

  it('shows that the connection stands, and looks up what may have been missed', async () => {
    const [job] = manyJobs(1);
    await serve({ pace: { heartbeatMs: 30, intervalMs: 1 } });
    const { events, text } = await follow();
    await until(() => text().includes(': still here'));
    world.jobs.set(job!.id, { ...job!, state: 'completed' });
    await until(() => events().some(({ event, data }) => event === 'job' && data.state === 'completed'));
  });

  it('lets go of a client that does not read, and serves the others', async () => {
    const [job] = manyJobs(1);
    await serve({ pace: { heartbeatMs: 60_000, intervalMs: 1 } });
    const deaf = await ask('/api/v1/events');
    deaf.on('error', () => undefined).pause();
    deaf.socket.pause();
    const { events, text } = await follow();
    await until(() => events().length === 1);
    const error = 'x'.repeat(500_000);
    let closed = false;
    deaf.socket.on('close', () => (closed = true));
    for (let step = 1; step <= 40; step++) {
      world.advance(job!.id, { state: 'active', progress: step / 100, error });
      await until(() => text().length > step * error.length);
    }
    deaf.socket.resume();
    deaf.resume();
    await until(() => closed);
    world.advance(job!.id, { state: 'completed', error: null });
    await until(() => events().at(-1)?.data.state === 'completed');
  }, 90_000);
});

describe('whoever comes back', () => {
  const change = (soundId: string) => world.events.tell({ kind: 'sound', change: 'updated', soundId });
  const lastId = (text: string): string => [...text.matchAll(/^id: (.*)$/gm)].at(-1)![1]!;
  const soundsOf = (events: Event[]) =>
    events.flatMap(({ event, data }) => (event === 'library' ? [data.soundId] : []));

  it('is sent what it missed, once, and nothing that it knew', async () => {
    const [job] = manyJobs(1);
    await serve();
    const first = await follow();
    change('known');
    await until(() => soundsOf(first.events()).length === 1 && first.text().endsWith('\n\n'));
    await pause(30);
    const id = lastId(first.text());
    first.response.destroy();
    await until(() => world.listeners === 0);
    change('missed');
    change('missed');
    world.advance(job!.id, { state: 'active', progress: 0.5 });
    world.events.tell({ kind: 'collection', change: 'deleted', collectionId: 'c' });
    const back = await follow(`/api/v1/events?lastEventId=${id}`);
    await until(() => back.events().length >= 3);
    await pause(30);
    expect(back.events().map(({ event, data }) => [event, data.soundId ?? data.collectionId])).toEqual([
      ['library', 'missed'],
      ['job', job!.soundId],
      ['collection', 'c'],
    ]);
    expect(back.events()[1]!.data).toMatchObject({ progress: 0.5 });
    change('new');
    await until(() => soundsOf(back.events()).includes('new'));
    expect(soundsOf(back.events())).toEqual(['missed', 'new']);
  });

  it('is told to read everything anew when that is too long ago or too much', async () => {
    manyJobs(2);
    await serve();
    for (let i = 0; i < 700; i++) change(`s${i}`);
    world.events.forgottenTo = 20;
    for (const id of ['3-0', '50-0', '9999-0', 'nonsense']) {
      const { events } = await follow(`/api/v1/events?lastEventId=${id}`);
      await until(() => events().length >= 2);
      expect(events().map(({ event }) => event)).toEqual(['reset', 'snapshot']);
      expect(events()[1]).toMatchObject({ id: '700-0', data: { total: 2 } });
    }
    const { events } = await follow('/api/v1/events?lastEventId=699-0');
    await until(() => events().length > 0);
    expect(events().map(({ event }) => event)).toEqual(['library']);
  });

  it('may break off anywhere: ids never run ahead of what was sent', async () => {
    await serve();
    const stream = await follow();
    await until(() => stream.events().length === 1);
    const all = Array.from({ length: 250 }, (_, i) => `s${i}`);
    for (const id of all) {
      change(id);
      if (Math.random() < 0.1) change('again');
      if (Math.random() < 0.05) await pause(2);
    }
    await until(() => new Set(soundsOf(stream.events())).size === 251 || soundsOf(stream.events()).length >= 250);
    const text = stream.text();
    for (let cut = 0; cut < text.length; cut += 997) {
      const seen = text.slice(0, text.lastIndexOf('\n\n', cut) + 2);
      const ids = [...seen.matchAll(/^id: (.*)$/gm)];
      if (ids.length === 0) continue;
      const sent = new Set([...seen.matchAll(/"soundId":"(.*?)"/g)].map(([, id]) => id));
      const missed = world.events.since(ids.at(-1)![1]!)!;
      const told = new Set(missed.flatMap(({ event }) => (event.kind === 'sound' ? [event.soundId] : [])));
      expect(all.filter((id) => !sent.has(id) && !told.has(id))).toEqual([]);
    }
  });
});

describe('many streams', () => {
  it('are refused with a time to ask again: all together 503, from one address 429', async () => {
    const trustedProxies = { hops: 1 };
    for (const { maxFollowers, addresses, status, code } of [
      { maxFollowers: 3, addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'], status: 503, code: 'busy' },
      { maxFollowers: 5, addresses: Array<string>(4).fill('10.0.0.1'), status: 429, code: 'too_many_requests' },
    ]) {
      const [job] = manyJobs(1);
      await serve({ settings: { maxFollowers, trustedProxies } });
      const paths = ['/api/v1/events', `/api/v1/audio/status/${job!.id}/events`];
      const open = [];
      for (const [index, address] of addresses.slice(0, 3).entries())
        open.push(await follow(paths[index % 2], address));
      for (const { response } of open) expect(response.statusCode).toBe(200);
      for (const path of paths) {
        const refused = await follow(path, addresses[3]);
        await until(() => refused.text().includes('}'));
        expect(refused.response.statusCode).toBe(status);
        expect(Number(refused.response.headers['retry-after'])).toBeGreaterThan(0);
        expect(JSON.parse(refused.text())).toMatchObject({ code, status });
      }
      open[0]!.response.destroy();
      await pause(50);
      expect((await follow('/api/v1/events', addresses[3])).response.statusCode).toBe(200);
      for (const client of clients) client.destroy();
      await until(() => world.listeners === 0);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await serve();
  });

  it('are not held by those who ask for the head alone', async () => {
    await serve({ settings: { maxFollowers: 1 } });
    for (let i = 0; i < 3; i++) {
      const { statusCode, headers } = await ask('/api/v1/events', 'HEAD');
      expect([statusCode, headers['content-type']]).toEqual([200, 'text/event-stream']);
    }
    expect(world.listeners).toBe(0);
    expect((await follow()).response.statusCode).toBe(200);
  });
});

describe('the stream of one job', () => {
  it('is not told of other jobs, and ends with its own or when that is deleted', async () => {
    const [one, other] = manyJobs(2);
    await serve();
    const follower = await follow(`/api/v1/audio/status/${one!.id}/events`);
    const gone = await follow(`/api/v1/audio/status/${other!.id}/events`);
    let ended = 0;
    for (const { response } of [follower, gone]) response.on('end', () => ended++);
    world.jobs.delete(other!.id);
    world.advance(one!.id, { state: 'active', progress: 0.5 });
    await until(() => follower.events().length === 2);
    world.advance(one!.id, { state: 'completed', progress: 1 });
    world.jobs.delete(other!.id);
    for (const stream of [follower, gone]) expect(stream.response.statusCode).toBe(200);
    await until(() => follower.events().length === 3 && ended >= 1);
    expect(follower.events().every(({ data }) => data.jobId === one!.id)).toBe(true);
    world.advance(other!.id, {});
    world.jobs.delete(other!.id);
    await until(() => ended === 2 && world.listeners === 0);
  });
});
