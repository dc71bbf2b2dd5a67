import { expect, test } from './support/test';

test('all work stands in one list: it tells how far it is, and each can be done again or cancelled', async ({
  page,
  app,
  request,
  seeded,
}) => {
  expect(seeded.size).toBe(4);
  await page.goto('/status');
  const list = page.getByRole('region', { name: 'Work', exact: true });
  await expect(list.getByRole('listitem')).not.toHaveCount(0);
  await expect(list.getByText('Done').first()).toBeVisible();
  const started = await request.post(`${app.url}/api/v1/system/tasks`, { data: { kind: 'check', hash: true } });
  expect(started.ok()).toBe(true);
  const check = list.getByRole('listitem', { name: 'Integrity check' }).first();
  await expect(check.getByText('Done')).toBeVisible();

  const installed = await request.post(`${app.url}/api/v1/models/clap-htsat-unfused/install`);
  const installing = list.getByRole('listitem', { name: /^Installation of a model/ }).first();
  if (installed.ok()) {
    await installing.getByRole('button', { name: /^Cancel:/ }).click();
    await expect(installing.getByText('Cancelled')).toBeVisible();
    await installing.getByRole('button', { name: /^Do again:/ }).click();
    const again = list.getByRole('listitem', { name: /^Installation of a model/ });
    await expect(again).toHaveCount(2);
    await again
      .first()
      .getByRole('button', { name: /^Cancel:/ })
      .click();
    await expect(again.first().getByText('Cancelled')).toBeVisible();
  }
  await list.getByText('Failed', { exact: true }).first().click();
  await expect(list.getByText('Integrity check')).toHaveCount(0);
});
