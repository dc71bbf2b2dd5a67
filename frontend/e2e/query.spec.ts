import { beginWithSounds, expect, results, test, unfold } from './support/test';

beginWithSounds();

test('what is typed becomes chips; removing one edits the box and the address', async ({ page }) => {
  await page.goto('/');
  const box = page.getByRole('combobox', { name: 'Describe a sound' });
  await box.fill('bell -hiss len:<10m');
  await box.press('Enter');
  const parts = page.getByRole('list', { name: 'Your search, part by part' });
  await expect(parts.getByRole('listitem')).toHaveText(['bell', 'less hiss', 'Length up to 600 s']);
  await parts.getByRole('button', { name: 'Remove less hiss' }).click();
  await expect(box).toHaveValue('bell len:<10m');
  await expect(page).toHaveURL(/\?q=bell\+len%3A%3C10m$/);
  await expect(parts.getByRole('listitem')).toHaveCount(2);
});

test('a slider weighs a part; box, chip and address follow, both ways', async ({ page, seeded, audio }) => {
  const id = seeded.get(audio.tone);
  await page.goto(`/?${new URLSearchParams({ q: `hiss + bell like:${id}@0.5-2` }).toString()}`);
  const box = page.getByRole('combobox', { name: 'Describe a sound' });
  const parts = page.getByRole('list', { name: 'Your search, part by part' });
  await expect(parts.getByRole('listitem')).toHaveText(['hiss', 'bell', 'like evening bell 0:00.5–0:02.0']);
  await parts.getByRole('button', { name: 'Change how much this counts: like evening bell' }).click();
  const slider = page.getByRole('slider', { name: 'How much “like evening bell 0:00.5–0:02.0” counts' });
  await expect(slider).toBeFocused();
  await expect(slider).toHaveAttribute('aria-valuetext', '×1');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  // The box names the example instead of its id.
  await expect(box).toHaveValue('hiss + bell');
  await expect(page).toHaveURL(new RegExp(`${id}%400\\.5-2%5E0\\.8$`));
  await expect(slider).toBeFocused();
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', 'less of it, ×1');
  await expect(page).toHaveURL(new RegExp(`-like%3A${id}%400\\.5-2$`));

  await page.getByRole('search').getByRole('button', { name: 'Remove less evening bell 0:00.5–0:02.0' }).click();
  await expect(page).toHaveURL(/q=hiss\+%2B\+bell$/);
  await box.fill('hiss^0 + bell^1.5');
  await box.press('Enter');
  await expect(parts.getByRole('listitem')).toHaveText(['hiss (off)', 'bell ×1.5']);
  await parts.getByRole('button', { name: 'Change how much this counts: hiss (off)' }).click();
  await expect(page.getByRole('slider', { name: 'How much “hiss” counts' })).toHaveValue('0');
  await page.goBack();
  await page.goBack();
  await expect(box).toHaveValue('hiss + bell');
  await expect(parts.getByRole('listitem')).toHaveText(['hiss', 'bell', 'less like evening bell 0:00.5–0:02.0']);
});

test('an order that is said is a chip, which turns it round and gives way to the choice again', async ({ page }) => {
  await page.goto(`/?${new URLSearchParams({ q: 'longest bell' }).toString()}`);
  const parts = page.getByRole('list', { name: 'Your search, part by part' });
  await expect(parts.getByRole('listitem')).toHaveText(['bell', 'Longest first']);
  const choice = page.getByRole('combobox', { name: 'Order of the results' });
  await expect(choice).toHaveCount(0);
  await parts.getByRole('button', { name: 'The other way round' }).click();
  await expect(parts.getByRole('listitem')).toHaveText(['bell', 'Shortest first']);
  await parts.getByRole('button', { name: 'Remove Shortest first' }).click();
  await expect(page.getByRole('combobox', { name: 'Describe a sound' })).toHaveValue('bell');
  await expect(choice).toBeVisible();
});

test('the filter panel types into the box, and reads what was typed', async ({ page }) => {
  await page.goto('/');
  const box = page.getByRole('combobox', { name: 'Describe a sound' });
  await box.fill('bell -format:mp3 len:<10m');
  await page.getByRole('button', { name: 'Filters' }).click();
  await expect(page.getByLabel('Length To')).toHaveValue('600');
  await page.getByRole('combobox', { name: 'Format' }).selectOption('wav');
  await expect(box).toHaveValue('bell -format:mp3 len:<10m format:wav');
  await expect(page).toHaveURL(/q=bell\+-format%3Amp3\+len%3A%3C10m\+format%3Awav$/);
  await unfold(page);
  await expect(results(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Remove Format: wav' }).click();
  await expect(box).toHaveValue('bell -format:mp3 len:<10m');
  // The panel stays open while filters come and go.
  await expect(page.getByLabel('Length To')).toHaveValue('600');
  await expect(page.getByRole('combobox', { name: 'Format' })).toHaveValue('');
  await box.fill('bell, wav or flac');
  await expect(page.getByRole('combobox', { name: 'Format' }).locator(':checked')).toHaveText('WAV, FLAC');
  const rate = page.getByRole('combobox', { name: 'Sample rate' });
  await box.fill('bell at 44.1 kHz');
  await expect(rate).toHaveValue('44100');
  await box.fill('bell rate:>48k');
  await expect(rate.locator(':checked')).toHaveText('Sample rate from 48 kHz');
  await rate.selectOption('96 kHz');
  await expect(box).toHaveValue('bell rate:96k');
  await expect(page.getByRole('button', { name: 'Remove Sample rate: 96 kHz' })).toBeVisible();
  await rate.selectOption('Any');
  await expect(box).toHaveValue('bell');
});

test('of two orders the typed one counts, and is the one that is shown', async ({ page }) => {
  await page.goto('/?q=len:<10m&sort=longest');
  const order = page.getByRole('combobox', { name: 'Order of the results' });
  await expect(order).toHaveValue('longest');
  await expect(results(page).first()).toHaveAccessibleName('long night');
  const box = page.getByRole('combobox', { name: 'Describe a sound' });
  await box.fill('len:<10m sort:shortest');
  await box.press('Enter');
  await expect(page.getByRole('button', { name: 'Remove Shortest first' })).toBeVisible();
  await expect(order).toBeHidden();
  await expect(results(page).last()).toHaveAccessibleName('long night');
});

test('a clip and a sound that are gone get a hint', async ({ page }) => {
  await page.goto(`/?${new URLSearchParams({ q: 'bell clip:nothing like:nobody' }).toString()}`);
  await expect(page.getByText('is no longer kept. Choose or record it again.')).toBeVisible();
  await expect(page.getByText('The sound “like:nobody” is not in the library')).toBeVisible();
  await expect(results(page).first()).toHaveAccessibleName('evening bell');
});

test('suggestions complete the word at the cursor by keyboard', async ({ page }) => {
  await page.goto('/');
  const box = page.getByRole('combobox', { name: 'Describe a sound' });
  await box.pressSequentially('bell for');
  await page.getByRole('option', { name: 'format:' }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Tab');
  await expect(box).toHaveValue('bell format:');
  await page.getByRole('option', { name: 'flac' }).waitFor();
  await box.pressSequentially('w');
  await expect(page.getByRole('option')).toHaveText([/wav/]);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(box).toHaveValue('bell format:wav');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/q=bell\+format%3Awav$/);
  await unfold(page);
  await expect(results(page)).toHaveCount(2);
});

test('exact words and filters leave only what meets them', async ({ page }) => {
  await page.goto(`/?${new URLSearchParams({ q: '"of the sea"' }).toString()}`);
  await expect(results(page)).toHaveCount(1);
  await expect(results(page).first()).toHaveAccessibleName('hiss of the sea');
});

test('a list that only meets filters claims no relevance', async ({ page }) => {
  await page.goto(`/?${new URLSearchParams({ q: 'len:<10m' }).toString()}`);
  await expect(results(page)).toHaveCount(4);
  await expect(page.getByText(/Relevance/)).toHaveCount(0);
});

test('a slip gets a hint that mends it', async ({ page }) => {
  await page.goto(`/?${new URLSearchParams({ q: 'bell fromat:wav' }).toString()}`);
  await expect(page.getByText('There is no filter like “fromat:wav”')).toBeVisible();
  await page.getByRole('link', { name: 'format:wav' }).click();
  await expect(page.getByRole('combobox', { name: 'Describe a sound' })).toHaveValue('bell format:wav');
  await expect(page.getByRole('button', { name: 'Remove Format: wav' })).toBeVisible();
});

test('a question that names no sound is told so, not that nothing was found', async ({ page }) => {
  await page.goto(`/?${new URLSearchParams({ q: 'what is this?' }).toString()}`);
  await expect(page.getByText('This does not say what is to be heard.')).toBeVisible();
  await expect(page.getByText('Nothing found')).toHaveCount(0);
  await page.getByRole('link', { name: 'Search for the very words' }).click();
  await expect(results(page)).toHaveCount(4);
});

test('the help of the search box opens and closes by keyboard', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'What the search box understands' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'What the search box understands' });
  await expect(dialog).toContainText('bpm:120-128');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('while a file to search with is listened to, the box says so, beside words too', async ({ page, audio }) => {
  await page.goto('/?q=bell');
  await expect(page.locator('[data-result]').first()).toBeVisible();
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route('**/api/v1/search/clips', async (route) => {
    await held;
    await route.continue();
  });
  const search = page.getByRole('search');
  await search.locator('input[type="file"]').setInputFiles(audio.noise);
  const told = search.getByText(/^Listening to “.+”…$/);
  await expect(told).toBeVisible();
  letGo();
  await expect(page).toHaveURL(/q=bell\+clip/);
  await expect(told).toHaveCount(0);
});
