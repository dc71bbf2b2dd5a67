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
