import type { Right } from '$lib/api/types';

/** Pages that are about something one must be let do, by the beginning of their route. */
const NEEDED: Record<string, Right> = {
  '/upload': 'upload',
  '/bin': 'delete',
  '/settings/access': 'edit',
  '/settings/audit': 'admin',
  '/settings/links': 'edit',
  '/settings/folders': 'admin',
  '/settings/models': 'admin',
  '/settings/processing': 'admin',
  '/settings/storage': 'admin',
  '/settings/tags': 'admin',
  '/settings/users': 'admin',
};

/** Pages about accounts, which there need not be. */
const OF_ACCOUNTS = ['access', 'audit', 'keys', 'profile', 'users'].map((name) => `/settings/${name}`);

export const needsAccounts = (route: string | null): boolean => OF_ACCOUNTS.includes(route ?? '');

/** The right without which a page would only show refusals; null for all others. */
export const rightOfPage = (route: string | null): Right | null => NEEDED[route ?? ''] ?? null;
