import { expect, test } from './support/test';

test('pages show what others do, without being loaded again', async ({ page, app, audio, request, seeded }) => {
  const api = `${app.url}/api/v1`;
  const id = seeded.get(audio.long)!;
  const { title } = (await (await request.get(`${api}/audio/files/${id}`)).json()) as { title: string | null };
  await page.goto('/library');
  await expect(page.getByRole('main')).toContainText('.wav');
  await request.patch(`${api}/audio/files/${id}`, { data: { title: 'Named by somebody else' } });
  await expect(page.getByText('Named by somebody else').first()).toBeVisible();
  await request.delete(`${api}/audio/files/${id}`);
  await expect(page.getByText('Named by somebody else')).toHaveCount(0);
  await request.post(`${api}/bin/restore`, { data: { soundIds: [id] } });
  await expect(page.getByText('Named by somebody else').first()).toBeVisible();

  await page.goto('/collections');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const made = await request.post(`${api}/collections`, { data: { name: 'Made elsewhere' } });
  const collection = (await made.json()) as { id: string };
  await expect(page.getByText('Made elsewhere')).toBeVisible();
  await page.getByText('Made elsewhere').click();
  await request.post(`${api}/collections/${collection.id}/sounds`, { data: { soundIds: [id] } });
  await expect(page.getByText('Named by somebody else').first()).toBeVisible();

  await page.goto('/settings/storage');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const asked: string[] = [];
  page.on('request', (one) => asked.push(one.url()));
  await request.post(`${api}/system/tasks`, { data: { kind: 'backup' } });
  await expect.poll(() => asked.filter((url) => url.includes('/system/tasks')).length).toBeGreaterThan(0);

  await request.patch(`${api}/audio/files/${id}`, { data: { title } });
  await request.delete(`${api}/collections/${collection.id}`);
});
