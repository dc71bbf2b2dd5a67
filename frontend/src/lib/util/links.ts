import { resolve } from '$app/paths';
import type { ResolvedPathname } from '$app/types';

export const homeUrl = (): ResolvedPathname => resolve('/');
export const originsUrl = (): ResolvedPathname => resolve('/library/folders');
export const artistsUrl = (): ResolvedPathname => resolve('/library/artists');
export const albumsUrl = (): ResolvedPathname => resolve('/library/albums');
export function catalogueUrl(kind: 'artists' | 'albums', { q, sort }: { q: string; sort: string }): ResolvedPathname {
  const params = new URLSearchParams({ ...(q !== '' && { q }), ...(sort !== 'name' && { sort }) }).toString();
  const path = kind === 'artists' ? artistsUrl() : albumsUrl();
  return params === '' ? path : (`${path}?${params}` as ResolvedPathname);
}
export const artistUrl = (name: string): ResolvedPathname =>
  `${resolve('/library/artist')}?${new URLSearchParams({ name }).toString()}` as ResolvedPathname;
export const albumUrl = (id: string): ResolvedPathname =>
  `${resolve('/library/album')}?${new URLSearchParams({ id }).toString()}` as ResolvedPathname;
export const binUrl = (): ResolvedPathname => resolve('/bin');
export const duplicatesUrl = (): ResolvedPathname => resolve('/library/duplicates');
export const uploadUrl = (): ResolvedPathname => resolve('/upload');
export const statusUrl = (): ResolvedPathname => resolve('/status');
export const collectionsUrl = (): ResolvedPathname => resolve('/collections');
export const collectionUrl = (id: string): ResolvedPathname => resolve('/collections/[id]', { id });
export const tagSettingsUrl = (): ResolvedPathname => resolve('/settings/tags');
/** @param q what is looked for in it */
export const soundUrl = (id: string, q = ''): ResolvedPathname => {
  const path = resolve('/sound/[id]', { id });
  return q === '' ? path : (`${path}?${new URLSearchParams({ q }).toString()}` as ResolvedPathname);
};
const hundredths = (seconds: number): string => String(Math.round(seconds * 100) / 100);
/** The page of a sound at a moment: a stretch or a place, in seconds. */
export function momentUrl(id: string, moment: { startS: number; endS?: number }, q = ''): ResolvedPathname {
  const t = [moment.startS, ...(moment.endS === undefined ? [] : [moment.endS])].map(hundredths).join('-');
  return `${soundUrl(id)}?${new URLSearchParams({ t, ...(q !== '' && { q }) }).toString()}` as ResolvedPathname;
}
export const activityUrl = (days?: string): ResolvedPathname =>
  days === undefined ? resolve('/analytics') : resolve(`/analytics?days=${days}`);
export const historyUrl = (): ResolvedPathname => resolve('/history');
export const settingsUrl = (): ResolvedPathname => resolve('/settings');
export const processingUrl = (): ResolvedPathname => resolve('/settings/processing');
export const storageUrl = (): ResolvedPathname => resolve('/settings/storage');
export const modelsUrl = (): ResolvedPathname => resolve('/settings/models');
export const foldersUrl = (): ResolvedPathname => resolve('/settings/folders');
/** Where a folder that sounds came from gets tags. */
export const folderTagsUrl = (path: string): ResolvedPathname =>
  `${foldersUrl()}?${new URLSearchParams({ tag: path }).toString()}` as ResolvedPathname;
export const profileUrl = (): ResolvedPathname => resolve('/settings/profile');
export const keysUrl = (): ResolvedPathname => resolve('/settings/keys');
export const usersUrl = (): ResolvedPathname => resolve('/settings/users');
export const linksUrl = (): ResolvedPathname => resolve('/settings/links');
export const accessRulesUrl = (): ResolvedPathname => resolve('/settings/access');
export const auditUrl = (): ResolvedPathname => resolve('/settings/audit');
