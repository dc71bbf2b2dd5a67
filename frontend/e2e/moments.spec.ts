import { beginWithSounds, expect, expectAccessible, expectNoSidewaysScroll, expectPlaying, test } from './support/test';

beginWithSounds();

test('moments are a list of their own, each playing at its place, and a link', async ({ page, audio, seeded }) => {
  await page.goto('/?q=white+noise+-tag:none');
  await page.getByRole('radio', { name: 'Moments' }).check({ force: true });
  await expect(page).toHaveURL(/show=moments/);
  const moments = page.getByRole('list', { name: 'Moments' }).getByRole('listitem');
  const inLong = moments.filter({ hasText: 'long night' }).first();
  await expect(inLong).toBeVisible();
  await expect(page.getByText(/^\d+ moments? in \d+ sounds?$/)).toBeVisible();
  await inLong.getByRole('button', { name: /^Play long night from 0:(1|2)\d/ }).click();
  await expectPlaying(page);
  const time = await page.locator('audio').evaluate((element: HTMLAudioElement) => element.currentTime);
  // The noise is between 20 and 24 s.
  expect(time).toBeGreaterThan(9);
  await page.reload();
  await expect(moments.first()).toBeVisible();
  await inLong.getByRole('link', { name: 'long night' }).click();
  await expect(page).toHaveURL(new RegExp(`/sound/${seeded.get(audio.long)}\\?t=\\d`));
  await expect(page.getByRole('textbox', { name: 'From' })).not.toHaveValue('');
  await expect(page.getByRole('searchbox', { name: 'Find in this recording' })).toHaveValue('white noise');
  await page.goBack();
  await page.getByRole('radio', { name: 'All' }).check({ force: true });
  await expect(page.locator('[data-result]').first()).toBeVisible();
});

test('on a phone what is above the results is calm, and all of it is accessible', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('/?q=white+noise');
  await expect(page.locator('[data-result]').first()).toBeVisible();
  await expect(page.getByRole('checkbox', { name: 'Play while moving' })).toBeHidden();
  await page.getByText('Listening', { exact: true }).click();
  await expect(page.getByRole('checkbox', { name: 'Play while moving' })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await expectAccessible(page);
});
