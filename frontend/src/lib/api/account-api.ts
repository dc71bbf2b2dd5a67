import type { Client } from 'openapi-fetch';
import type { paths } from './schema';
import type {
  Access,
  ApiKey,
  AuditPage,
  FolderRule,
  MadeApiKey,
  MadeShareLink,
  Me,
  NewShareLink,
  OwnUse,
  Person,
  Role,
  Scope,
  Session,
  ShareLink,
  SoundAccess,
  User,
  Visibility,
} from './types';

export interface AuditFilter {
  user: string;
  what: string;
  allowed: string;
  after: string;
  before: string;
}

type Call<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** Calls about accounts: signing in, sessions, keys, other people. */
export class AccountApi {
  readonly #client: Client<paths>;
  /** What an answer holds. @throws ApiError, UnreachableError */
  readonly #data: <T>(call: Call<T>) => Promise<T>;

  constructor(client: Client<paths>, data: <T>(call: Call<T>) => Promise<T>) {
    this.#client = client;
    this.#data = data;
  }

  access = (): Promise<Access> => this.#data(this.#client.GET('/api/v1/auth'));
  me = (): Promise<Me> => this.#data(this.#client.GET('/api/v1/auth/me'));

  async signIn(name: string, password: string): Promise<void> {
    await this.#data(this.#client.POST('/api/v1/auth/login', { body: { name, password } }));
  }

  async setUp(body: { token: string; name: string; password: string }): Promise<void> {
    await this.#data(this.#client.POST('/api/v1/auth/setup', { body }));
  }

  /** Goes on when the page is left: the browser still takes the new tokens, which are given once. */
  async renew(): Promise<void> {
    await this.#data(this.#client.POST('/api/v1/auth/refresh', { keepalive: true }));
  }

  async signOut(): Promise<void> {
    await this.#data(this.#client.POST('/api/v1/auth/logout'));
  }

  rename = (name: string): Promise<Me> => this.#data(this.#client.PATCH('/api/v1/auth/me', { body: { name } }));

  async changePassword(present: string, password: string): Promise<void> {
    await this.#data(this.#client.POST('/api/v1/auth/password', { body: { present, password } }));
  }

  sessions = async (): Promise<Session[]> => (await this.#data(this.#client.GET('/api/v1/auth/sessions'))).items;

  async endSession(id: string): Promise<void> {
    await this.#data(this.#client.DELETE('/api/v1/auth/sessions/{id}', { params: { path: { id } } }));
  }

  async endOtherSessions(): Promise<number> {
    return (await this.#data(this.#client.DELETE('/api/v1/auth/sessions'))).ended;
  }

  keys = async (): Promise<ApiKey[]> => (await this.#data(this.#client.GET('/api/v1/keys'))).items;

  addKey(body: { name: string; scopes: Scope[]; expiresAt: string | null }): Promise<MadeApiKey> {
    return this.#data(this.#client.POST('/api/v1/keys', { body }));
  }

  async revokeKey(id: string): Promise<void> {
    await this.#data(this.#client.DELETE('/api/v1/keys/{id}', { params: { path: { id } } }));
  }

  links = async (): Promise<ShareLink[]> => (await this.#data(this.#client.GET('/api/v1/links'))).items;

  addLink(body: NewShareLink): Promise<MadeShareLink> {
    return this.#data(this.#client.POST('/api/v1/links', { body }));
  }

  async revokeLink(id: string): Promise<void> {
    await this.#data(this.#client.DELETE('/api/v1/links/{id}', { params: { path: { id } } }));
  }

  /** Who has an account, to share with. */
  people = async (): Promise<Person[]> => (await this.#data(this.#client.GET('/api/v1/people'))).items;

  soundAccess(id: string): Promise<SoundAccess> {
    return this.#data(this.#client.GET('/api/v1/audio/files/{id}/access', { params: { path: { id } } }));
  }

  collectionAccess(id: string): Promise<SoundAccess> {
    return this.#data(this.#client.GET('/api/v1/collections/{id}/access', { params: { path: { id } } }));
  }

  /** @returns the ids of those that are kept so now */
  async keepSounds(ids: string[], to: { visibility: Visibility; people: string[] }): Promise<string[]> {
    return (await this.#data(this.#client.PUT('/api/v1/audio/files/access', { body: { ids, ...to } }))).changed;
  }

  async keepCollection(id: string, to: { visibility: Visibility; people: string[] }): Promise<void> {
    await this.#data(this.#client.PUT('/api/v1/collections/{id}/access', { params: { path: { id } }, body: to }));
  }

  /** How what one adds to folders is kept, where that was said. */
  folderRules = async (): Promise<FolderRule[]> => (await this.#data(this.#client.GET('/api/v1/origins/rules'))).items;

  /** @returns how many sounds are kept otherwise now */
  async setFolderRule(folder: string, to: { visibility: Visibility; people: string[] }): Promise<number> {
    return (await this.#data(this.#client.PUT('/api/v1/origins/rules', { body: { folder, ...to } }))).changed;
  }

  async deleteFolderRule(folder: string): Promise<void> {
    await this.#data(this.#client.DELETE('/api/v1/origins/rules', { params: { query: { folder } } }));
  }

  /** What one keeps here, and how much that may be. */
  ownUse(): Promise<OwnUse> {
    return this.#data(this.#client.GET('/api/v1/auth/usage'));
  }

  users = async (): Promise<User[]> => (await this.#data(this.#client.GET('/api/v1/users'))).items;

  addUser(body: { name: string; role: Role; password: string }): Promise<User> {
    return this.#data(this.#client.POST('/api/v1/users', { body }));
  }

  changeUser(
    id: string,
    body: {
      name?: string;
      role?: Role;
      off?: boolean;
      password?: string;
      maxBytes?: number | null;
      maxSounds?: number | null;
    },
  ): Promise<User> {
    return this.#data(this.#client.PATCH('/api/v1/users/{id}', { params: { path: { id } }, body }));
  }

  /** @param sounds whose its sounds become, or `bin` */
  async deleteUser(id: string, sounds: string): Promise<void> {
    await this.#data(this.#client.DELETE('/api/v1/users/{id}', { params: { path: { id }, query: { sounds } } }));
  }

  /** Who did what, newest first; what is empty in the filter counts as not given. */
  audit(filter: AuditFilter & { cursor: string }): Promise<AuditPage> {
    const query = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''));
    return this.#data(this.#client.GET('/api/v1/audit', { params: { query } }));
  }

  auditExportUrl(format: 'csv' | 'json', filter: AuditFilter): string {
    const given = Object.entries(filter).filter(([, value]: [string, string]) => value !== '');
    return `/api/v1/audit/export?${new URLSearchParams([['format', format], ...given])}`;
  }
}
