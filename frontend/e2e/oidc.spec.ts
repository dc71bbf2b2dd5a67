import { expect, test as base, type Page } from '@playwright/test';
import { RunningApp } from './support/app';
import { OidcServer } from '../../backend/test/support/oidc-server';
import { expectNoSidewaysScroll } from './support/test';

const PASSWORD = 'four words make one';

interface Place {
  app: RunningApp;
  house: OidcServer;
}

const test = base.extend<object, { place: Place }>({
  place: [
    // Playwright wants to see what a fixture needs: nothing.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const house = await OidcServer.open();
      const app = await RunningApp.start({
        AUTH: 'required',
        OIDC_ISSUER: house.issuer,
        OIDC_CLIENT_ID: 'traum',
        OIDC_CLIENT_SECRET: 'a secret of sixteen',
        OIDC_NAME: 'the house',
        OIDC_ROLE_CLAIM: 'groups',
        OIDC_ROLES: 'admin=bosses,editor=cutters',
        OIDC_DEFAULT_ROLE: 'none',
      });
      house.serve(`${app.url}/api/v1/auth/oidc/callback`);
      await use({ app, house });
      await app.stop();
      await house.stop();
    },
    { scope: 'worker' },
  ],
});
test.describe.configure({ mode: 'serial' });

const button = (page: Page) => page.getByRole('button', { name: 'Sign in with the house' });
const inside = (page: Page) => page.getByRole('navigation', { name: 'Main' });

/** Through the pages of the provider, as somebody of this name there. */
async function comeIn(page: Page, app: RunningApp, name: string, path = '/'): Promise<void> {
  await page.goto(app.url + path);
  await button(page).click();
  await page.locator('input[name="login"]').fill(name);
  await page.locator('input[name="password"]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

test('the first account is made with the link of the log: before, nobody comes in by the provider', async ({
  place: { app, house },
  page,
}) => {
  house.people.set('bea', { preferred_username: 'Bea', groups: ['cutters'] });
  await expect.poll(() => app.said.join('\n')).toMatch(/\/setup#\S+/);
  const token = /\/setup#([^\s"\\]+)/.exec(app.said.join('\n'))?.[1];
  await page.goto(app.url);
  await expect(page.getByRole('heading', { name: 'The first account' })).toBeVisible();
  await expect(button(page)).toHaveCount(0);
  const made = await page.request.post(`${app.url}/api/v1/auth/setup`, {
    data: { token, name: 'Ada', password: PASSWORD },
  });
  expect(made.status()).toBe(201);
});

test('the button leads to the provider and back: an account at the first visit, a role by the claim', async ({
  place: { app, house },
  page,
}) => {
  await comeIn(page, app, 'bea');
  await expect(inside(page)).toBeVisible();
  await expect(page).toHaveURL(`${app.url}/`);
  await page.goto(`${app.url}/settings/profile`);
  await expect(page.getByText('Editor: Adds, changes and deletes sounds.')).toBeVisible();
  await expect(page.getByLabel('Name')).toHaveValue('Bea');
  await expect(page.getByRole('link', { name: 'People' })).toHaveCount(0);

  // Signing out ends it there as well: the next visit asks who it is.
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('button', { name: /sign me out/i }).click();
  await expect(page).toHaveURL(`${app.url}/`);
  await expect(button(page)).toBeVisible();
  await page.goto(`${app.url}/library`);
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();

  house.people.set('bea', { preferred_username: 'Bea', groups: ['bosses'] });
  await comeIn(page, app, 'bea', '/settings/users');
  await expect(page).toHaveURL(`${app.url}/settings/users`);
  await expect(page.getByText('Ada', { exact: true })).toBeVisible();
  await expect(page.getByText('Bea', { exact: true })).toBeVisible();
});

test('whom the claim gives no role is told so, at the door', async ({ place: { app, house }, page }) => {
  house.people.set('eve', { preferred_username: 'Eve', groups: ['others'] });
  await page.setViewportSize({ width: 390, height: 780 });
  await comeIn(page, app, 'eve');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByRole('alert')).toHaveText('You may not come in here. Ask whoever runs this installation.');
  await expect(inside(page)).toHaveCount(0);
  await expectNoSidewaysScroll(page);
});

test('a provider that is down is said to be; the password goes on to work', async ({ place: { app, house }, page }) => {
  await house.stop();
  await page.setViewportSize({ width: 390, height: 780 });
  await page.goto(app.url);
  await button(page).click();
  await expect(page.getByRole('alert')).toContainText('does not answer');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expectNoSidewaysScroll(page);
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toHaveCount(0);
});
