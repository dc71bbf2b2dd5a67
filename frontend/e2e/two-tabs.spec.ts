import type { Page } from '@playwright/test';
import { expect, test } from './support/test';

async function edit(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole('button', { name: 'Edit' }).click();
}

const form = (page: Page) => page.getByRole('dialog', { name: 'Edit' });
const save = (page: Page) => form(page).getByRole('button', { name: 'Save' }).click();

test('two tabs that edit one sound lose nothing', async ({ page: one, context, seeded, audio, app, request }) => {
  // Two pages, one after the other.
  test.slow();
  const id = seeded.get(audio.tone)!;
  await request.patch(`${app.url}/api/v1/audio/files/${id}`, { data: { title: 'Rain', artist: null, genre: null } });
  const two = await context.newPage();
  // The second one hears of nothing: as after an outage.
  await two.route('**/api/v1/events*', (route) => route.abort());
  await edit(one, `/sound/${id}`);
  await edit(two, `/sound/${id}`);

  await form(one).getByLabel('Title').fill('Rain, tin roof');
  await form(one).getByLabel('Artist').fill('Ann');
  await form(one).getByLabel('Your tags').fill('wet');
  await form(one).getByLabel('Description').fill('Drops.');
  await save(one);
  await expect(form(one)).toBeHidden();

  await form(two).getByLabel('Title').fill('Hail');
  await form(two).getByLabel('Genre').fill('Weather');
  await form(two).getByLabel('Your tags').fill('ice');
  await save(two);

  // What both changed is asked about; what only one changed goes together.
  const note = form(two).getByRole('alert');
  await expect(note).toContainText('Title was changed elsewhere');
  await expect(note).toContainText('Rain, tin roof');
  await expect(note).toHaveCount(1);
  await expect(form(two).getByLabel('Title')).toHaveValue('Hail');
  await expect(form(two).getByLabel('Artist')).toHaveValue('Ann');
  await expect(form(two).getByLabel('Description')).toHaveValue('Drops.');
  await save(two);
  await expect(note, 'nothing is saved before one was chosen').toBeVisible();
  await note.getByRole('button', { name: 'Keep mine' }).click();
  await save(two);
  await expect(form(two)).toBeHidden();

  const answer = await request.get(`${app.url}/api/v1/audio/files/${id}`);
  const sound = (await answer.json()) as { tags: { name: string; source: string }[] };
  expect(sound).toMatchObject({ title: 'Hail', artist: 'Ann', genre: 'Weather', description: 'Drops.' });
  const own = sound.tags.filter(({ source }) => source === 'user');
  expect(own.map(({ name }) => name).sort()).toEqual(['ice', 'wet']);

  // The first one hears of it while its form is open, and takes what the other has.
  await one.getByRole('button', { name: 'Edit' }).click();
  await form(one).getByLabel('Title').fill('Drizzle');
  await edit(two, `/sound/${id}`);
  await form(two).getByLabel('Title').fill('Storm');
  await save(two);
  await expect(form(one).getByRole('alert')).toContainText('Storm');
  await form(one).getByRole('button', { name: 'Take that' }).click();
  await expect(form(one).getByLabel('Title')).toHaveValue('Storm');
  await save(one);
  await expect(one.getByRole('heading', { level: 1 })).toHaveText('Storm');
});

test('a cell of the table says that it was changed elsewhere, and offers what was typed', async ({
  page,
  seeded,
  audio,
  app,
  request,
}) => {
  const at = `${app.url}/api/v1/audio/files/${seeded.get(audio.tone)}`;
  await request.patch(at, { data: { artist: 'The Clockmaker', key: null } });
  await page.route('**/api/v1/events*', (route) => route.abort());
  await page.addInitScript(() => localStorage.setItem('traum.library.view', 'table'));
  await page.goto('/library?sort=artist');
  const cell = page.locator('[data-cell="0:1"]');
  await expect(cell).toHaveText('The Clockmaker');
  await cell.focus();
  await page.keyboard.press('F2');
  await request.patch(at, { data: { artist: 'Ann' } });
  await page.keyboard.type('Bob');
  await page.keyboard.press('Enter');
  await expect(cell).toHaveText('Ann');
  await page.getByRole('button', { name: 'Save mine' }).click();
  await expect(cell).toHaveText('Bob');
  await expect.poll(async () => ((await (await request.get(at)).json()) as { artist: string }).artist).toBe('Bob');
  await request.patch(at, { data: { artist: null } });
});
