import type { Locator, Page } from '@playwright/test';
import { beginWithSounds, expect, test } from './support/test';

beginWithSounds();

async function openEdit(page: Page): Promise<Locator> {
  await page.goto('/collections');
  await page.getByRole('link', { name: 'Library', exact: true }).click();
  await page.locator('[data-sound]').first().getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit' });
  await expect(dialog).toBeVisible();
  return dialog;
}

const question = (page: Page): Locator => page.getByRole('alertdialog', { name: 'Discard your changes?' });

test('a dialog begins in its first field, keeps the focus, and gives it back', async ({ page }) => {
  const dialog = await openEdit(page);
  await expect(dialog.getByLabel('Title')).toBeFocused();
  for (let i = 0; i < 12; i++) await page.keyboard.press('Tab');
  await expect(dialog.locator(':focus')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.locator('[data-sound]').first().getByRole('button', { name: 'Edit' })).toBeFocused();

  // One with nothing to type in begins at the harmless answer.
  await page.goto('/settings/processing');
  await page.getByRole('button', { name: 'Process everything again' }).click();
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Cancel' })).toBeFocused();
});

test('a tag is typed and added with Enter, and the dialog stays', async ({ page }) => {
  await page.goto('/library?sort=title');
  await page.locator('[data-sound]').first().getByRole('checkbox').check();
  await page.getByRole('toolbar', { name: 'Selected sounds' }).getByRole('button', { name: 'Tag' }).click();
  const dialog = page.getByRole('dialog', { name: 'Tag 1 sound' });
  await expect(dialog.getByLabel('Add tags')).toBeFocused();
  await page.keyboard.type('typed blind');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('button', { name: 'Remove typed blind' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('main')).toContainText('typed blind');
});

test('an edit is lost by no press beside the dialog, and by nothing without a question', async ({ page }) => {
  const dialog = await openEdit(page);
  const title = dialog.getByLabel('Title');
  await title.fill('Half typed');
  const box = await title.boundingBox();
  if (!box) throw new Error('the field has no place');

  // Text is selected beyond the dialog's edge, and the button let go there.
  await page.mouse.move(box.x + 20, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(4, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(question(page)).toBeHidden();
  await expect(title).toHaveValue('Half typed');
  // Pressed beside it, let go in it.
  await page.mouse.down();
  await page.mouse.move(box.x + 20, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(question(page)).toBeHidden();

  const ways = [
    () => page.keyboard.press('Escape'),
    () => page.mouse.click(4, 4),
    () => dialog.getByRole('button', { name: 'Close' }).click(),
    () => page.goBack().then(() => undefined),
  ];
  for (const leave of ways) {
    await leave();
    await expect(question(page)).toBeVisible();
    await question(page).getByRole('button', { name: 'Keep editing' }).click();
    await expect(question(page)).toBeHidden();
    await expect(title).toHaveValue('Half typed');
  }
  await page.keyboard.press('Escape');
  await question(page).getByRole('button', { name: 'Discard' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Half typed')).toHaveCount(0);
});

test('without changes a press and release beside the dialog closes it', async ({ page }) => {
  const dialog = await openEdit(page);
  await page.mouse.click(4, 4);
  await expect(dialog).toBeHidden();
});
