import type { Right } from './actor.js';

/** What somebody is here: `admin` runs the installation, `editor` adds and changes sounds, `viewer` finds and hears them. */
export const ROLES = ['admin', 'editor', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const RIGHTS_OF: Readonly<Record<Role, readonly Right[]>> = {
  admin: ['read', 'own', 'upload', 'edit', 'delete', 'admin', 'metrics', 'worker'],
  editor: ['read', 'own', 'upload', 'edit', 'delete'],
  viewer: ['read', 'own'],
};

/** What a key is good for. */
export const SCOPES = ['read', 'upload', 'edit', 'admin', 'metrics', 'worker'] as const;
export type Scope = (typeof SCOPES)[number];

/** A key never may more than whoever made it. */
export const RIGHTS_IN: Readonly<Record<Scope, readonly Right[]>> = {
  read: ['read'],
  upload: ['upload'],
  edit: ['read', 'own', 'edit', 'delete'],
  admin: RIGHTS_OF.admin,
  metrics: ['metrics'],
  worker: ['worker'],
};

export interface User {
  id: string;
  name: string;
  role: Role;
  /** Comes in no more, and neither do its keys; what it owns stays. */
  off: boolean;
  createdAt: string;
  /** Of the last request, to within a minute; null: never signed in. */
  seenAt: string | null;
  /** How much they may keep, with what lies in the bin; null: as much as there is space. */
  maxBytes: number | null;
  maxSounds: number | null;
}

/** What somebody keeps here, with what lies in the bin. */
export interface Kept {
  sounds: number;
  bytes: number;
}

export interface Session {
  id: string;
  userId: string;
  /** From where it was used last, and by what. */
  address: string;
  agent: string;
  createdAt: string;
  seenAt: string;
  expiresAt: string;
}

export interface ApiKey {
  id: string;
  userId: string;
  name: string;
  /** Its first characters, to tell it by. */
  start: string;
  scopes: Scope[];
  createdAt: string;
  /** Null: never. */
  expiresAt: string | null;
  /** Null: never. */
  usedAt: string | null;
  usedFrom: string | null;
}

/** Who asks, as far as the network tells. */
export interface Caller {
  address: string;
  agent: string;
}
