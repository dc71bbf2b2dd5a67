import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { RunningApp } from './support/app';
import { HeldAnswers } from './support/held-answers';
import { expectNoSidewaysScroll } from './support/test';

const PASSWORD = 'four words make one';

/** An installation with accounts, in which nobody was yet. */
const test = base.extend<object, { guarded: RunningApp }>({
  guarded: [
    // Playwright wants to see what a fixture needs: nothing.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const app = await RunningApp.start({ AUTH: 'required' });
      await use(app);
      await app.stop();
    },
    { scope: 'worker' },
  ],
});
test.describe.configure({ mode: 'serial' });

/** Two seconds of a plain tone as a WAV file. */
function tone(): Buffer {
  const rate = 16_000;
  const samples = Int16Array.from({ length: 2 * rate }, (_, n) => 12_000 * Math.sin((2 * Math.PI * 440 * n) / rate));
  const head = Buffer.alloc(44);
  head.write('RIFF\0\0\0\0WAVEfmt ');
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(2 * rate, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

async function expectNoViolation(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual(
    [],
  );
}

async function signedIn(
  browser: Browser,
  app: { url: string },
  name: string,
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({ baseURL: app.url });
  const page = await context.newPage();
  await page.goto('/library');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  return { page, context };
}

test('the first visit makes the admin with the link of the log', async ({ guarded, page }) => {
  await expect.poll(() => guarded.said.join('\n')).toMatch(/\/setup#\S+/);
  const [link = ''] = /http:\S+\/setup#\S+/.exec(guarded.said.join('\n')) ?? [];
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'The first account' })).toBeVisible();
  await expectNoViolation(page);
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password', { exact: false }).fill('ada1234567');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('alert')).toContainText('too easy');
  await page.getByLabel('Password', { exact: false }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await page.getByRole('link', { name: 'Profile' }).click();
  await expect(page.getByText('Admin: Runs the installation')).toBeVisible();
});

test('whoever is not signed in sees nothing, and is where they wanted to be once they are', async ({
  guarded,
  page,
}) => {
  await page.goto(`${guarded.url}/settings/users`);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByRole('navigation')).toHaveCount(0);
  await expectNoViolation(page);
  await page.setViewportSize({ width: 390, height: 800 });
  await expectNoSidewaysScroll(page);
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password').fill('wrong password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toHaveText('The name or the password is wrong.');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'People' })).toBeVisible();
  await expectNoSidewaysScroll(page);
});

test('an admin makes an account; its owner sees what their role lets them', async ({ guarded, browser }) => {
  const ada = await signedIn(browser, guarded, 'Ada');
  await ada.page.goto('/settings/users');
  await ada.page.getByRole('button', { name: 'New account' }).click();
  const form = ada.page.getByRole('dialog');
  await form.getByLabel('Name').fill('Victor');
  await form.getByLabel('Viewer').check();
  await form.getByLabel('Password').fill(PASSWORD);
  await expectNoViolation(ada.page);
  await form.getByRole('button', { name: 'Create' }).click();
  await expect(ada.page.getByText('Viewer · not here yet')).toBeVisible();

  const victor = await signedIn(browser, guarded, 'Victor');
  await expect(victor.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Upload' })).toHaveCount(
    0,
  );
  await victor.page.goto('/settings');
  await expect(victor.page.getByRole('link', { name: 'Profile' }).first()).toBeVisible();
  await expect(victor.page.getByRole('link', { name: 'People' })).toHaveCount(0);

  // What would be refused is not there, on no page; and nothing that a page asks for by itself is refused.
  const refused: string[] = [];
  victor.page.on('response', (answer) => {
    if (answer.status() === 403) refused.push(`${answer.request().method()} ${answer.url()}`);
  });
  const none = async (...names: RegExp[]): Promise<void> => {
    for (const name of names) {
      for (const role of ['button', 'link'] as const)
        await expect(victor.page.getByRole(role, { name })).toHaveCount(0);
    }
  };
  await victor.page.goto('/library');
  await expect(victor.page.getByText('has not added any yet')).toBeVisible();
  await none(/choose/i, /upload/i, /bin/i);
  await victor.page.goto('/collections');
  await expect(victor.page.getByRole('heading', { name: 'No collections yet' })).toBeVisible();
  await expect(victor.page.getByText('Put sounds that belong together')).toHaveCount(0);
  const sent = await ada.context.request.post('/api/v1/audio/upload', {
    headers: { origin: guarded.url },
    multipart: { files: { name: 'Tone.wav', mimeType: 'audio/wav', buffer: tone() } },
  });
  const { uploads } = (await sent.json()) as { uploads: { soundId: string }[] };
  const id = uploads[0]?.soundId ?? '';
  const status = async (): Promise<string> => {
    const answer = await ada.context.request.get(`/api/v1/audio/files/${id}`);
    return ((await answer.json()) as { status: string }).status;
  };
  await expect.poll(status, { timeout: 60_000 }).toBe('ready');
  await ada.context.request.post('/api/v1/collections', { headers: { origin: guarded.url }, data: { name: 'Tones' } });
  const [list] = ((await (await ada.context.request.get('/api/v1/collections')).json()) as { items: { id: string }[] })
    .items;
  await ada.context.request.post(`/api/v1/collections/${list?.id}/sounds`, {
    headers: { origin: guarded.url },
    data: { soundIds: [id] },
  });
  const changing = [/delete/i, /edit/i, /collection…|to collection/i, /^tag/i, /process again|again/i, /bin/i];
  for (const path of ['/', '/library', `/sound/${id}`, '/?q=tone', `/collections/${list?.id}`, '/collections']) {
    await victor.page.goto(path);
    await expect(victor.page.locator('main').getByText(/tone/i).first()).toBeVisible();
    await none(...changing, /new collection/i, /take out/i, /move/i);
  }
  await victor.page.goto('/library');
  await victor.page.getByRole('checkbox', { name: /Tone/ }).first().check();
  await expect(victor.page.getByRole('toolbar')).toBeVisible();
  await none(...changing);
  await victor.page.goto('/?q=tone');
  await victor.page.keyboard.press('j');
  await victor.page.keyboard.press('t');
  await victor.page.keyboard.press('c');
  await expect(victor.page.getByRole('dialog')).toHaveCount(0);
  for (const path of [
    '/history',
    '/analytics',
    '/status',
    '/library/duplicates',
    '/library/folders',
    '/library/albums',
  ]) {
    await victor.page.goto(path);
    await expect(victor.page.locator('main').getByRole('heading').first()).toBeVisible();
    if (path.startsWith('/library/')) await expect(victor.page.getByRole('heading', { level: 2 })).toBeVisible();
    await expect(victor.page.getByText(/Drop a folder|on the page of a sound/)).toHaveCount(0);
    await none(...changing, /manage/i);
    // What one searched for is one's own.
    if (path !== '/history') await none(/forget/i, /clear/i);
  }
  for (const path of ['/upload', '/bin', '/settings/users', '/settings/storage', '/settings/audit']) {
    await victor.page.goto(path);
    await expect(victor.page.getByRole('heading', { name: 'Not for your account' })).toBeVisible();
  }
  expect(refused).toEqual([]);

  await ada.page.getByRole('button', { name: 'Turn off' }).click();
  await expect(ada.page.getByText('turned off')).toBeVisible();
  await victor.page.goto('/library');
  await expect(victor.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await Promise.all([ada.context.close(), victor.context.close()]);
});

test('a session goes on without its access token, in all tabs at once, and ends elsewhere', async ({
  guarded,
  browser,
}) => {
  const { page, context } = await signedIn(browser, guarded, 'Ada');
  const second = await context.newPage();
  await context.clearCookies({ name: 'traum_access' });
  await Promise.all([page.goto('/settings/profile'), second.goto('/library')]);
  await expect(page.getByText('(this browser)')).toBeVisible();
  await expect(second.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await second.waitForTimeout(1500);
  await expect(second.getByRole('heading', { name: 'Sign in' })).toHaveCount(0);

  const other = await signedIn(browser, guarded, 'Ada');
  await page.reload();
  await expect(page.getByText('(this browser)')).toBeVisible();
  await expectNoViolation(page);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.getByText(/sessions? ended/)).toBeVisible();
  await other.page.goto('/collections');
  await expect(other.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await Promise.all([context.close(), other.context.close()]);
});

test('a page that is reloaded while its session is renewed stays signed in; a used token ends it', async ({
  guarded,
  browser,
}) => {
  const held = await HeldAnswers.before(guarded);
  const { page, context } = await signedIn(browser, held, 'Ada');
  held.path = '/api/v1/auth/refresh';
  const refreshToken = async () =>
    (await context.cookies(`${held.url}/api/v1/auth`)).find(({ name }) => name === 'traum_refresh')?.value;
  const first = await refreshToken();
  for (let time = 1; time <= 3; time++) {
    await context.clearCookies({ name: 'traum_access' });
    await page.reload({ waitUntil: 'commit' });
    await expect.poll(() => held.statuses.length).toBe(time);
    for (let again = 0; again < 2; again++) {
      const refused = page.waitForResponse(/\/api\/v1\/auth\/me$/);
      await page.reload({ waitUntil: 'commit' });
      expect((await refused).status()).toBe(401);
    }
    await page.waitForTimeout(300);
    held.letGo();
    await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toHaveCount(0);
  }
  expect(held.statuses).toEqual([200, 200, 200]);
  expect(await refreshToken()).not.toBe(first);
  held.path = null;

  const refresh = `${guarded.url}/api/v1/auth/refresh`;
  const reused = await fetch(refresh, { method: 'POST', headers: { cookie: `traum_refresh=${first}` } });
  expect(reused.status).toBe(401);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await context.close();
  await held.stop();
});

test('a key is shown once, works, and is revoked', async ({ guarded, browser }) => {
  const { page, context } = await signedIn(browser, guarded, 'Ada');
  await page.goto('/settings/keys');
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByRole('dialog').getByLabel('What it is for').fill('Backup');
  await expectNoViolation(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
  const secret = await page.getByRole('dialog').locator('code').innerText();
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
  const withKey = () => fetch(`${guarded.url}/api/v1/audio/files`, { headers: { authorization: `Bearer ${secret}` } });
  expect((await withKey()).status).toBe(200);
  await page.reload();
  await expect(page.getByText(/last used .* from 127\.0\.0\.1/)).toBeVisible();
  await expect(page.getByText(secret)).toHaveCount(0);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByText('No keys yet.')).toBeVisible();
  expect((await withKey()).status).toBe(401);
  await page.getByRole('link', { name: 'Profile' }).first().click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await context.close();
});

test('a sound and a collection are heard by whoever has a link, until it is revoked', async ({ guarded, browser }) => {
  const { page, context } = await signedIn(browser, guarded, 'Ada');
  await page.goto('/library');
  await page.getByRole('link', { name: 'Tone' }).first().click();
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Password (if you like)').fill('for my ears');
  await expectNoViolation(page);
  await dialog.getByRole('button', { name: 'Make link' }).click();
  const address = await dialog.locator('code').innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();

  const elsewhere = await browser.newContext({ viewport: { width: 390, height: 800 } });
  const guest = await elsewhere.newPage();
  await guest.goto(address);
  await expect(guest.getByText('It has a password.')).toBeVisible();
  await expect(guest.getByRole('navigation')).toHaveCount(0);
  await guest.getByLabel('Password').fill('not this one');
  await guest.getByRole('button', { name: 'Open' }).click();
  await expect(guest.getByRole('alert')).toContainText('not the password');
  await guest.getByLabel('Password').fill('for my ears');
  await guest.getByRole('button', { name: 'Open' }).click();
  await expect(guest.getByRole('heading', { name: 'Tone' })).toBeVisible();
  await expect(guest.getByRole('link', { name: /Download/ })).toHaveCount(0);
  await expectNoViolation(guest);
  await expectNoSidewaysScroll(guest);
  const played = guest.locator('audio').evaluate(
    (audio: HTMLAudioElement) =>
      new Promise<number>((resolve) => {
        audio.muted = true;
        audio.ontimeupdate = () => audio.currentTime > 0.2 && resolve(audio.duration);
        void audio.play();
      }),
  );
  expect(await played).toBeCloseTo(2, 1);

  await page.goto('/collections');
  await page.getByRole('link', { name: /Tones/ }).click();
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await dialog.getByLabel('Offer it for download').check();
  await dialog.getByRole('button', { name: 'Make link' }).click();
  await guest.goto(await dialog.locator('code').innerText());
  await expect(guest.getByRole('heading', { name: 'Tones' })).toBeVisible();
  const download = guest.waitForEvent('download');
  await guest.getByRole('link', { name: 'Download Tone' }).click();
  expect((await download).suggestedFilename()).toBe('Tone.wav');

  await page.goto('/settings/links');
  await expect(page.getByText(/opened once/)).toHaveCount(2);
  await expectNoViolation(page);
  for (const name of ['Tones', 'Tone'])
    await page.getByRole('button', { name: `Revoke the link to ${name}`, exact: true }).click();
  await expect(page.getByText('No links yet.')).toBeVisible();
  await guest.goto(address);
  await guest.reload();
  await expect(guest.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
  await Promise.all([context.close(), elsewhere.close()]);
});

test('what an editor empties the bin of is their own; of the rest it is said whose it is to erase', async ({
  guarded,
  browser,
}) => {
  const ada = await signedIn(browser, guarded, 'Ada');
  const headers = { origin: guarded.url };
  const send = async (who: { context: BrowserContext }, name: string, buffer: Buffer): Promise<string> => {
    const sent = await who.context.request.post('/api/v1/audio/upload', {
      headers,
      multipart: { files: { name, mimeType: 'audio/wav', buffer } },
    });
    return ((await sent.json()) as { uploads: { soundId: string }[] }).uploads[0]!.soundId;
  };
  const data = { name: 'Edith', role: 'editor', password: PASSWORD };
  await ada.context.request.post('/api/v1/users', { headers, data });
  const edith = await signedIn(browser, guarded, 'Edith');
  const shorter = tone();
  shorter.writeUInt32LE(32_000, 40);
  const [theirs, own] = [
    await send(ada, 'Of Ada.wav', Buffer.concat([shorter, Buffer.alloc(1)])),
    await send(edith, 'Of Edith.wav', Buffer.concat([shorter, Buffer.alloc(2)])),
  ];
  const deleted = await edith.context.request.post('/api/v1/audio/files/delete', {
    headers,
    data: { ids: [theirs, own] },
  });
  expect(await deleted.json()).toMatchObject({ deleted: [theirs, own] });

  const { page } = edith;
  await page.goto('/bin');
  await expect(page.getByText('1 sound of somebody else stays: only its owner or an admin')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Delete Of Edith for good' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Delete Of Ada for good' })).toHaveCount(0);
  await expectNoViolation(page);
  await page.getByRole('button', { name: 'Empty the bin' }).click();
  await page
    .getByRole('dialog', { name: 'Delete 1 sound for good?' })
    .getByRole('button', { name: 'Delete for good' })
    .click();
  await expect(page.getByText(/are free again\. 1 sound of somebody else stays/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Restore Of Ada' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Empty the bin' })).toHaveCount(0);
  await ada.page.goto('/bin');
  await expect(ada.page.getByRole('button', { name: 'Delete Of Ada for good' })).toBeVisible();
  await Promise.all([ada.context.close(), edith.context.close()]);
});

test('without a bin, nobody is offered to delete what only its owner or an admin may', async ({ browser }) => {
  const app = await RunningApp.start({ AUTH: 'required', BIN_DAYS: '0' });
  try {
    await expect.poll(() => app.said.join('\n')).toMatch(/\/setup#\S+/);
    const [, token = ''] = /\/setup#(\S+)/.exec(app.said.join('\n')) ?? [];
    const headers = { origin: app.url };
    const first = await browser.newContext({ baseURL: app.url });
    const data = { token, name: 'Ada', password: PASSWORD };
    expect((await first.request.post('/api/v1/auth/setup', { headers, data })).ok()).toBe(true);
    await first.close();
    const ada = await signedIn(browser, app, 'Ada');
    const made = { name: 'Edith', role: 'editor', password: PASSWORD };
    await ada.context.request.post('/api/v1/users', { headers, data: made });
    const edith = await signedIn(browser, app, 'Edith');
    for (const [{ context }, name, more] of [
      [ada, 'Of Ada.wav', 1],
      [ada, 'Also of Ada.wav', 2],
      [edith, 'Of Edith.wav', 3],
    ] as const) {
      const buffer = Buffer.concat([tone(), Buffer.alloc(more)]);
      await context.request.post('/api/v1/audio/upload', {
        headers,
        multipart: { files: { name, mimeType: 'audio/wav', buffer } },
      });
      await context.request.post('/api/v1/collections', { headers, data: { name: `List ${name}` } });
    }
    const copies = async (): Promise<unknown> =>
      ((await (await ada.context.request.get('/api/v1/audio/duplicates')).json()) as { total: number }).total;
    await expect.poll(copies, { timeout: 60_000 }).toBe(1);
    const offered = async ({ page }: { page: Page }): Promise<void> => {
      const ofAda = page === ada.page ? 1 : 0;
      await page.goto('/library');
      const row = (name: RegExp) => page.locator('[data-sound]').filter({ hasText: name });
      await expect(row(/Of Edith/).getByRole('button', { name: 'Delete' })).toBeVisible();
      await expect(row(/Of Ada/).getByRole('button', { name: 'Delete' })).toHaveCount(ofAda);
      const chosen = page.getByRole('toolbar', { name: 'Selected sounds' });
      await row(/Of Edith/)
        .getByRole('checkbox')
        .check();
      await expect(chosen.getByRole('button', { name: 'Delete' })).toBeVisible();
      await row(/Of Ada/)
        .getByRole('checkbox')
        .check();
      await expect(chosen.getByRole('status')).toHaveText('2 selected');
      await expect(chosen.getByRole('button', { name: 'Delete' })).toHaveCount(ofAda);
      await page.goto('/library/duplicates');
      await expect(page.locator('[data-copy]')).toHaveCount(3);
      await expect(page.locator('[data-copy]').getByRole('button', { name: 'Delete' })).toHaveCount(1 + 2 * ofAda);
      await expect(page.getByRole('button', { name: /^Keep the best/ })).toHaveCount(ofAda);
      await page.goto('/collections');
      await page.getByRole('link', { name: /^List Of Ada/ }).click();
      await expect(page.getByRole('button', { name: 'Rename or describe' })).toBeVisible();
      await expect(page.getByRole('button', { name: 'Delete collection' })).toHaveCount(ofAda);
    };
    await offered(edith);
    await offered(ada);
    await Promise.all([ada.context.close(), edith.context.close()]);
  } finally {
    await app.stop();
  }
});
