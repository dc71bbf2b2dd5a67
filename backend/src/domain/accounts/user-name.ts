/** What a name counts as: `Ada`, ` ada ` and `Àda` are one account. */
export const foldName = (name: string): string =>
  name
    .trim()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
