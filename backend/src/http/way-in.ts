/** How people come in: just so, with the one password, with accounts of their own. */
export const WAYS_IN = ['open', 'password', 'accounts'] as const;

export function wayInOf({ accounts, auth }: { accounts: boolean; auth: string | null }): (typeof WAYS_IN)[number] {
  if (accounts) return 'accounts';
  return auth === null ? 'open' : 'password';
}
