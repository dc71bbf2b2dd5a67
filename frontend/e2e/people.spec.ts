import AxeBuilder from '@axe-core/playwright';
import { readFile } from 'node:fs/promises';
import { expect, test as base, type APIRequestContext, type Page } from '@playwright/test';
import { RunningApp } from './support/app';
import { expectNoSidewaysScroll, test as withAudio } from './support/test';

const PASSWORD = 'four words make one';
const PHONE = { width: 390, height: 800 };
const DESKTOP = { width: 1280, height: 800 };

/** Somebody with a browser of their own, signed in. */
interface Somebody {
  page: Page;
  request: APIRequestContext;
}

interface Place {
  app: RunningApp;
  ada: Somebody;
  bea: Somebody;
  beaId: string;
}

const test = withAudio.extend<object, { place: Place }>({
  baseURL: async ({ place }, use) => use(place.app.url),
  place: [
    async ({ browser }, use) => {
      const app = await RunningApp.start({ AUTH: 'required' });
      const somebody = async (): Promise<Somebody> => {
        const context = await browser.newContext({ baseURL: app.url, extraHTTPHeaders: { origin: app.url } });
        return { page: await context.newPage(), request: context.request };
      };
      await expect.poll(() => app.said.join('\n')).toMatch(/\/setup#\S+/);
      const token = /\/setup#([^\s"\\]+)/.exec(app.said.join('\n'))?.[1];
      const [ada, bea] = [await somebody(), await somebody()];
      await ada.request.post('/api/v1/auth/setup', { data: { token, name: 'Ada', password: PASSWORD } });
      const made = await ada.request.post('/api/v1/users', {
        data: { name: 'Bea', role: 'editor', password: PASSWORD },
      });
      const { id } = (await made.json()) as { id: string };
      await bea.request.post('/api/v1/auth/login', { data: { name: 'Bea', password: PASSWORD } });
      await use({ app, ada, bea, beaId: id });
      await app.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
});
base.describe.configure({ mode: 'serial' });

/** Looked at at both widths: nothing is hidden from those who cannot see, and nothing stands out of the page. */
async function expectGood(page: Page): Promise<void> {
  for (const size of [PHONE, DESKTOP]) {
    await page.setViewportSize(size);
    await expectNoSidewaysScroll(page);
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
      .analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`),
    ).toEqual([]);
    if (process.env['SHOTS']) {
      const name = new URL(page.url()).pathname.replaceAll('/', '_');
      const more = (await page.getByRole('dialog').count()) > 0 ? '-dialog' : '';
      await page.screenshot({ path: `${process.env['SHOTS']}/${name}${more}-${size.width}.png` });
    }
  }
}

async function add(by: Somebody, file: string, name: string): Promise<string> {
  const answer = await by.request.post('/api/v1/audio/upload', {
    multipart: { files: { name, mimeType: 'application/octet-stream', buffer: await readFile(file) } },
  });
  const { uploads } = (await answer.json()) as { uploads: { soundId: string }[] };
  const id = uploads[0]?.soundId ?? '';
  const status = async (): Promise<string> =>
    ((await (await by.request.get(`/api/v1/audio/files/${id}`)).json()) as { status: string }).status;
  await expect.poll(status).toBe('ready');
  return id;
}

const card = (page: Page, title: string) =>
  page.locator('section', { has: page.getByRole('heading', { name: title }) });

const sees = async (by: Somebody): Promise<string[]> => {
  const answer = (await (await by.request.get('/api/v1/audio/files')).json()) as { items: { filename: string }[] };
  return answer.items.map(({ filename }) => filename).sort();
};

test('who sees what is said by folder: for nobody else, for chosen people, and taken back', async ({
  place,
  audio,
}) => {
  const { ada, bea } = place;
  const { page } = ada;
  await add(ada, audio.tone, 'Field/Night/bell.wav');
  await page.goto('/settings');
  await page.getByRole('link', { name: 'Who sees what' }).first().click();
  await expect(page.getByText('No folder has a rule of its own yet.')).toBeVisible();
  await expectGood(page);
  const choose = page.getByRole('button', { name: 'Say who sees it' });
  await expect(choose).toBeDisabled();
  await page.getByLabel('Folder').fill(' / ');
  await expect(choose).toBeDisabled();

  expect(await sees(bea)).toEqual(['bell.wav']);
  await page.getByLabel('Folder').fill('/Field/');
  await page.getByLabel('Folder').press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Who sees Field?' });
  await expect(dialog.getByRole('button', { name: 'Save' })).toBeDisabled();
  await dialog.getByLabel('Only its owner').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('link', { name: 'Field', exact: true })).toBeVisible();
  await expect(page.getByLabel('Folder')).toHaveValue('');
  await expect.poll(() => sees(bea)).toEqual([]);
  // What comes later is kept so, too.
  await add(ada, audio.clicks, 'Field/Day/kick.flac');
  expect(await sees(bea)).toEqual([]);

  await page.getByRole('button', { name: 'Change who sees Field' }).click();
  await dialog.getByLabel('Chosen people').check();
  await dialog.getByRole('group', { name: 'Share with' }).getByLabel('Bea').check();
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Seen by Bea')).toBeVisible();
  await expect.poll(() => sees(bea)).toHaveLength(2);
  await expectGood(page);

  // The row leads to what it is about.
  await page.getByRole('link', { name: 'Field', exact: true }).click();
  await expect(page.locator('[data-result]')).toHaveCount(2);
  await page.goBack();
  await page.getByRole('button', { name: 'Remove the rule for Field' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove rule' }).click();
  await expect(page.getByText('No folder has a rule of its own yet.')).toBeVisible();
  expect(await sees(bea)).toHaveLength(2);
  await add(ada, audio.noise, 'Field/Day/hiss.wav');
  expect(await sees(bea)).toHaveLength(3);
});

test('an admin says how much somebody may keep; they see it on their profile and before they upload', async ({
  place: { ada, bea },
  audio,
}) => {
  const { page } = ada;
  await bea.page.goto('/settings/profile');
  const use = card(bea.page, 'What you keep here');
  await expect(use).toContainText(/Sounds\s*0\s*Space\s*0 bytes/);
  await expect(use.getByRole('progressbar')).toHaveCount(0);

  await page.goto('/settings/users');
  await page.getByRole('button', { name: 'Change Bea' }).click();
  const form = page.getByRole('dialog', { name: 'Change Bea' });
  await form.getByLabel('At most, sounds').fill('1');
  await form.getByLabel('At most, megabytes').fill('50');
  await expectGood(page);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('0 sounds, 0 bytes of at most 1 sound, 50 MB')).toBeVisible();
  await expectGood(page);

  await add(bea, audio.long, 'long.flac');
  await bea.page.reload();
  await expect(use).toContainText('1 of 1');
  await expect(use).toContainText('There is no room left.');
  await expect(use.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '100');
  await expectGood(bea.page);
  await bea.page.goto('/upload');
  await expect(bea.page.getByText('There is no room left.')).toBeVisible();
  await expectGood(bea.page);

  // Empty is no limit again; what stood there is shown before.
  await page.getByRole('button', { name: 'Change Bea' }).click();
  await expect(form.getByLabel('At most, sounds')).toHaveValue('1');
  await form.getByLabel('At most, sounds').fill('');
  await form.getByLabel('At most, megabytes').fill('');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('of at most')).toHaveCount(0);
});

test('a role and a password are changed by an admin, at once; a name that is taken is said to be', async ({
  place: { app, ada, bea },
}) => {
  const { page } = ada;
  await page.goto('/settings/users');
  await page.getByRole('button', { name: 'New account' }).click();
  const making = page.getByRole('dialog', { name: 'New account' });
  await making.getByLabel('Name').fill('bea');
  await making.getByLabel('Password').fill(PASSWORD);
  await making.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText(/bea.*(taken|already)/i).first()).toBeVisible();
  await expect(making).toBeVisible();
  await making.getByLabel('Name').fill('Cleo');
  await making.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Editor · not here yet')).toBeVisible();

  await page.getByRole('button', { name: 'Change Bea' }).click();
  const form = page.getByRole('dialog', { name: 'Change Bea' });
  await form.getByLabel('Viewer').check();
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(/Viewer · last here/)).toBeVisible();
  await bea.page.goto('/library');
  await expect(bea.page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await expect(bea.page.getByRole('link', { name: 'Upload' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Change Bea' }).click();
  await form.getByLabel('Editor').check();
  await form.getByLabel('New password').fill('another four words');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form).toHaveCount(0);
  await bea.page.goto('/settings/keys');
  await expect(bea.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await bea.page.getByLabel('Name').fill('Bea');
  await bea.page.getByLabel('Password').fill('another four words');
  await bea.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(bea.page.getByRole('heading', { name: 'Keys' })).toBeVisible();

  // Cleo goes; who stays and who gets what is asked before.
  const row = page.getByRole('listitem').filter({ hasText: 'Cleo' });
  await row.getByRole('button', { name: 'Delete' }).click();
  const asked = page.getByRole('dialog', { name: 'Delete the account of Cleo?' });
  await expect(asked.getByRole('combobox')).toHaveText(/Ada gets them/);
  await expectGood(page);
  await asked.getByRole('button', { name: 'Delete' }).click();
  await expect(row).toHaveCount(0);
  const late = await bea.request.post(`${app.url}/api/v1/auth/login`, { data: { name: 'Cleo', password: PASSWORD } });
  expect(late.status()).toBe(401);
});

test('a single session is ended from the profile; name and password are changed there', async ({
  place: { app, ada },
  browser,
}) => {
  const { page } = ada;
  const agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0';
  const elsewhere = await browser.newContext({ baseURL: app.url, userAgent: agent });
  await elsewhere.request.post('/api/v1/auth/login', { data: { name: 'Ada', password: PASSWORD } });
  await page.goto('/settings/profile');
  const sessions = card(page, 'Where you are signed in');
  const other = sessions.getByRole('listitem').filter({ hasText: 'Firefox' });
  await expect(other).toContainText(/last used .* from 127\.0\.0\.1/);
  await expectGood(page);
  await other.getByRole('button', { name: 'Sign out there' }).click();
  await expect(other).toHaveCount(0);
  await expect(sessions.getByText('(this browser)')).toBeVisible();
  expect((await elsewhere.request.get('/api/v1/auth/me')).status()).toBe(401);
  await elsewhere.close();

  await page.getByLabel('Name').fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await page.getByLabel('Current password').fill('not this one');
  await page.getByLabel('New password').fill('yet another phrase');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(
    page.getByText(/current password is (wrong|not right)|not the (current )?password|password is wrong/i),
  ).toBeVisible();
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Changed. You are signed out everywhere else.')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Name')).toHaveValue('Ada Lovelace');
});

test('a key for a worker is good for that alone; whoever may not give it is not offered it', async ({
  place: { app, ada, bea },
}) => {
  const { page } = ada;
  await page.goto('/settings/keys');
  await page.getByRole('button', { name: 'New key' }).click();
  const dialog = page.getByRole('dialog', { name: 'New key' });
  await dialog.getByLabel('What it is for').fill('GPU in the cellar');
  await dialog.getByLabel('find, hear, download').uncheck();
  await expect(dialog.getByRole('button', { name: 'Create key' })).toBeDisabled();
  await dialog.getByLabel(/process sounds on another machine/).check();
  await dialog.getByText('30 days').click();
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const secret = await dialog.locator('code').innerText();
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Done' }).click();
  const withKey = async (path: string): Promise<number> =>
    (await fetch(`${app.url}/api/v1${path}`, { headers: { authorization: `Bearer ${secret}` } })).status;
  expect(await withKey('/remote')).toBe(200);
  for (const path of ['/audio/files', '/users', '/keys', '/search?q=bell'])
    expect([path, await withKey(path)]).toEqual([path, 403]);
  const row = page.getByRole('listitem').filter({ hasText: 'GPU in the cellar' });
  await expect(row).toContainText(/process sounds on another machine.*until/s);
  await expectGood(page);

  await bea.page.goto('/settings/keys');
  await bea.page.getByRole('button', { name: 'New key' }).click();
  await expect(bea.page.getByRole('dialog').getByLabel('add sounds')).toBeVisible();
  await expect(bea.page.getByRole('dialog').getByLabel(/process sounds on another machine/)).toHaveCount(0);
});

test('the record says what was done in words, and by whom', async ({ place: { ada } }) => {
  const { page } = ada;
  await page.goto('/settings/audit');
  for (const deed of [
    'said who sees a folder',
    'removed the rule of a folder',
    'uploaded sounds',
    'made an account',
    'changed an account',
    'deleted an account',
    'made a key',
    'ended a session',
    'changed their password',
  ]) {
    await expect(page.getByText(deed, { exact: true }).filter({ visible: true }).first()).toBeVisible();
  }
  await expectGood(page);
});
