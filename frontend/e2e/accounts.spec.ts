import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { RunningApp } from './support/app';
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
  app: RunningApp,
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
  await second.goto('/library');
  await context.clearCookies({ name: 'traum_access' });
  await Promise.all([page.goto('/settings/profile'), second.reload()]);
  await expect(page.getByText('(this browser)')).toBeVisible();
  await expect(second.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await second.waitForTimeout(1500);
  await expect(second.getByRole('heading', { name: 'Sign in' })).toHaveCount(0);

  const other = await signedIn(browser, guarded, 'Ada');
  await page.reload();
  await expectNoViolation(page);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.getByText(/sessions? ended/)).toBeVisible();
  await other.page.goto('/collections');
  await expect(other.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await Promise.all([context.close(), other.context.close()]);
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
