import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, SqlJobRepository, SqlMarkerRepository, storageOver } from '../../src/adapters/sql/index.js';
import { MarkersService } from '../../src/domain/markers/markers.service.js';
import { createApp } from '../../src/http/app.js';
import { newSound } from '../contract/fixtures.js';
import { FakeWorld } from '../support/fakes.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
let world: FakeWorld;
let jobs: SqlJobRepository;
let app: ReturnType<typeof createApp>;

beforeEach(() => {
  world = new FakeWorld();
  const sql = storageOver(openDatabase(':memory:'));
  jobs = new SqlJobRepository(sql);
  const { library } = world.deps();
  const markers = new MarkersService({ markers: new SqlMarkerRepository(sql), library, events: world.events });
  app = createApp(world.deps({ markers }));
});

/** The same sound, ten seconds long, in the database of the markers and in the fake library. */
async function add(): Promise<string> {
  const sound = newSound('talk.wav', { durationS: 10 });
  await jobs.accept(sound);
  return world.add('talk', { id: sound.id, durationS: 10 }).id;
}

async function call(method: string, path: string, body?: unknown) {
  const response = await app.request(`/api/v1/audio/files/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, answer: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
}

/** The names in the table at the end of a ZIP (PKWARE, 4.3.12). */
function namesIn(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = zip.indexOf('PK\u0001\u0002'); at >= 0; at = zip.indexOf('PK\u0001\u0002', at + 46)) {
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  }
  return names;
}

describe('markers', () => {
  it('are set, listed in order of time, changed and deleted', async () => {
    const id = await add();
    const made = await call('POST', `${id}/markers`, {
      startS: 4,
      endS: 6,
      text: ' Second\u0000  take ',
      colour: 'red',
    });
    expect(made).toMatchObject({
      status: 201,
      answer: { startS: 4, endS: 6, text: 'Second take', colour: 'red', source: 'own' },
    });
    expect(await call('POST', `${id}/markers`, { startS: 1 })).toMatchObject({
      status: 201,
      answer: { startS: 1, endS: null, text: '', colour: null },
    });
    const one = `${id}/markers/${String(made.answer['id'])}`;
    expect(await call('PATCH', one, { text: 'Third take' })).toMatchObject({
      status: 200,
      answer: { text: 'Third take', startS: 4, endS: 6 },
    });
    expect(await call('PATCH', one, { endS: null })).toMatchObject({ answer: { startS: 4, endS: null } });
    expect((await call('GET', `${id}/markers`)).answer).toMatchObject({
      items: [{ startS: 1 }, { startS: 4, text: 'Third take' }],
    });
    expect((await call('DELETE', one)).status).toBe(204);
    expect((await call('DELETE', one)).status).toBe(404);
    expect((await call('GET', `${id}/markers`)).answer).toMatchObject({ items: [{ startS: 1 }] });
  });

  it('lie within the sound', async () => {
    const id = await add();
    expect(await call('POST', `${id}/markers`, { startS: 9, endS: 99 })).toMatchObject({ answer: { endS: 10 } });
    expect(await call('POST', `${id}/markers`, { startS: 10 })).toMatchObject({ status: 201 });
    expect(await call('POST', `${id}/markers`, { startS: 11 })).toMatchObject({ status: 422 });
    const made = await call('POST', `${id}/markers`, { startS: 5, endS: 6 });
    const one = `${id}/markers/${String(made.answer['id'])}`;
    // Its end stays: it would be before the new beginning.
    expect(await call('PATCH', one, { startS: 7 })).toMatchObject({
      status: 422,
      answer: { errors: [{ path: 'endS' }], reasons: [{ id: 'marker_backwards' }] },
    });
  });

  it.each([
    [{ startS: -1 }, 'startS'],
    [{ startS: 5, endS: 5 }, 'endS'],
    [{ startS: 1, colour: 'pink' }, 'colour'],
    [{ startS: 1, text: 'x'.repeat(1001) }, 'text'],
    [{ text: 'nowhere' }, 'startS'],
  ])('are refused with the field that is wrong: %o', async (body, field) => {
    const answer = await call('POST', `${await add()}/markers`, body);
    expect(answer).toMatchObject({ status: 422, answer: { errors: [{ path: field }] } });
  });

  it('are saved for other programs and taken over from them, all or none', async () => {
    const id = await add();
    const text = 'Start;End;Text\n1,5;3;Bell\n0:04;;Door\n';
    expect(await call('POST', `${id}/markers/import`, { text })).toMatchObject({
      status: 201,
      answer: {
        items: [
          { startS: 1.5, endS: 3, text: 'Bell' },
          { startS: 4, endS: null },
        ],
        unread: [],
      },
    });
    expect(await call('POST', `${id}/markers`, { startS: 99 })).toMatchObject({
      status: 422,
      answer: { reasons: [{ id: 'begins_behind_end', params: { startAt: 99 } }] },
    });
    const saved = await app.request(`/api/v1/audio/files/${id}/markers/export?format=audacity`);
    expect(await saved.text()).toBe('1.500000\t3.000000\tBell\n4.000000\t4.000000\tDoor\n');
    expect(saved.headers.get('content-disposition')).toContain('labels.txt');
    for (const [odd, reason] of [
      ['1\t2\tGood\nsoon\t3\tBad', 'marker_line_odd'],
      ['1\t2\tGood\n3\t2\tBad', 'marker_line_backwards'],
      ['1\t2\tGood\n99\t99\tBad', 'marker_line_behind'],
      ['1\t2\tGood\n99\t100\tBad', 'marker_line_behind'],
      ['WEBVTT\n', 'no_markers_in_file'],
    ] as const) {
      expect(await call('POST', `${id}/markers/import`, { text: odd })).toMatchObject({
        status: 422,
        answer: { reasons: [{ id: reason }] },
      });
    }
    // All or none.
    expect((await call('GET', `${id}/markers`)).answer['items']).toHaveLength(2);
  });

  it.each(['csv', 'audacity', 'reaper', 'vtt'])('go out and back in without being there twice: %s', async (format) => {
    const id = await add();
    const { durationS } = (await call('GET', id)).answer as { durationS: number };
    for (const body of [
      { startS: 1.5, endS: 3, text: 'Bell, "loud"\nand long' },
      { startS: 4, text: 'Door' },
      { startS: 4, endS: 5, text: '' },
      { startS: durationS - 0.0001, endS: durationS + 1, text: 'End' },
    ]) {
      expect((await call('POST', `${id}/markers`, body)).status).toBe(201);
    }
    const saved = await app.request(`/api/v1/audio/files/${id}/markers/export?format=${format}`);
    const text = await saved.text();
    expect(await call('POST', `${id}/markers/import`, { text })).toMatchObject({
      status: 201,
      answer: { items: [], known: 4 },
    });
    const there = (await call('GET', `${id}/markers`)).answer['items'] as { id: string }[];
    expect(there).toHaveLength(4);
    for (const marker of there) await call('DELETE', `${id}/markers/${marker.id}`);
    expect(await call('POST', `${id}/markers/import`, { text })).toMatchObject({ status: 201, answer: { known: 0 } });
    expect((await call('GET', `${id}/markers`)).answer['items']).toHaveLength(4);
  });

  it('are cut out into a ZIP, those that have an end', async () => {
    const id = await add();
    expect(await call('GET', `${id}/markers/export?format=wav`)).toMatchObject({
      status: 409,
      answer: { reasons: [{ id: 'no_marked_stretches' }] },
    });
    await call('POST', `${id}/markers`, { startS: 1, endS: 2, text: 'A/B: "bell"' });
    await call('POST', `${id}/markers`, { startS: 3, text: 'only a place' });
    await call('POST', `${id}/markers`, { startS: 3, endS: 3.000_000_1, text: 'less than a sample' });
    for (const format of ['wav', 'flac']) {
      const answer = await app.request(`/api/v1/audio/files/${id}/markers/export?format=${format}`);
      expect(answer.headers.get('content-type')).toBe('application/zip');
      const zip = Buffer.from(await answer.arrayBuffer());
      const names = namesIn(zip);
      expect(names).toEqual([`1 A_B_ _bell_.${format}`, 'markers.csv']);
      expect(zip.includes(format === 'wav' ? 'WAVEfmt ' : 'fLaC')).toBe(true);
    }
  });

  it('are of a sound that there is', async () => {
    for (const id of [UNKNOWN, 'nonsense']) {
      expect((await call('GET', `${id}/markers`)).status).toBe(404);
      expect((await call('POST', `${id}/markers`, { startS: 1 })).status).toBe(404);
    }
    const id = await add();
    expect(await call('PATCH', `${id}/markers/${UNKNOWN}`, { text: 'x' })).toMatchObject({
      status: 404,
      answer: { detail: `There is no marker with the id "${UNKNOWN}".` },
    });
  });
});
