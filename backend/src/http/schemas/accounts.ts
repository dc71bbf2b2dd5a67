import { z } from '@hono/zod-openapi';
import { ROLES, SCOPES } from '../../domain/accounts/accounts.types.js';
import { RIGHTS } from '../../domain/accounts/actor.js';
import { MAX_PASSWORD, MIN_PASSWORD } from '../../domain/accounts/passwords.js';
import { inFuture, queryText, timestamp } from './common.js';
import { WAYS_IN } from '../way-in.js';
import { text } from './sound.js';

const userName = text(60).openapi({ description: 'Unique; upper and lower case are the same.', example: 'Ada' });
/** What somebody types to come in: whatever it is, it is only compared. */
const given = z.string().min(1).max(1000);
const newPassword = z
  .string()
  .min(MIN_PASSWORD)
  .max(MAX_PASSWORD)
  .openapi({ description: `At least ${MIN_PASSWORD} characters, and not easy to guess.`, format: 'password' });
const role = z.enum(ROLES).openapi({
  description:
    '`admin` runs the installation, `editor` adds, changes and deletes sounds, `viewer` finds, hears and takes along.',
});
const id = z.string().openapi({ description: 'UUID; `local` is the first account.' });

export const accessSchema = z
  .object({
    access: z.enum(WAYS_IN).openapi({
      description:
        'Whether everybody comes in, whoever has the one password, or whoever has an account (setting `AUTH`).',
    }),
    oidc: z
      .object({ name: z.string() })
      .nullable()
      .openapi({ description: 'The provider by which people sign in as well (`GET /auth/oidc`); null without one.' }),
    setUp: z.boolean().openapi({ description: 'False: the first account is still to be made.' }),
  })
  .openapi('Access');

export const meSchema = z
  .object({
    id,
    name: z.string().nullable().openapi({ description: 'Null where there are no accounts.' }),
    role,
    rights: z.array(z.enum(RIGHTS)).openapi({ description: 'What whoever asks may do; of a key what that may.' }),
    access: accessSchema.shape.access,
    traces: z.number().min(0).max(1).optional().openapi({
      description:
        'Of what pages do, the share that is to be told to `POST /traces`; not there where nobody wants traces.',
      example: 1,
    }),
  })
  .openapi('Me');

export const setupSchema = z
  .strictObject({
    token: given.openapi({ description: 'From the log of the server.' }),
    name: userName,
    password: newPassword,
  })
  .openapi('Setup');

export const loginSchema = z
  .strictObject({ name: given, password: given.openapi({ format: 'password' }) })
  .openapi('Login');

export const signedInSchema = z
  .object({
    user: meSchema,
    accessToken: z.string().openapi({ description: 'For `Authorization: Bearer`. Browsers have it as a cookie too.' }),
    expiresInS: z.int().openapi({ description: 'Seconds until it has to be refreshed.', example: 1800 }),
  })
  .openapi('SignedIn');

export const passwordChangeSchema = z
  .strictObject({ present: given.openapi({ format: 'password' }), password: newPassword })
  .openapi('PasswordChange');

export const profileSchema = z.strictObject({ name: userName }).openapi('ProfileChange');

export const sessionSchema = z
  .object({
    id: z.string(),
    present: z.boolean().openapi({ description: 'The one that asks.' }),
    address: z.string().openapi({ description: 'Where it was used from last.' }),
    agent: z.string().openapi({ description: 'What the browser calls itself.' }),
    createdAt: timestamp('When somebody signed in.'),
    seenAt: timestamp('When it was last refreshed.'),
    expiresAt: timestamp('When it ends unless it is used.'),
  })
  .openapi('Session');

export const sessionsSchema = z.object({ items: z.array(sessionSchema) }).openapi('Sessions');
export const endedSchema = z.object({ ended: z.int() }).openapi('EndedSessions');

const limit = (what: string) =>
  z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .nullable()
    .openapi({ description: `${what} Null: as much as there is space.` });
const maxBytes = limit('How many bytes of sounds it may keep, with what lies in the bin.');
const maxSounds = limit('How many sounds it may keep, with those in the bin.');

const kept = { sounds: z.int(), bytes: z.int() };

export const ownUseSchema = z.object({ ...kept, maxBytes, maxSounds }).openapi('OwnUse');

export const userSchema = z
  .object({
    id,
    name: z.string(),
    role,
    off: z.boolean().openapi({ description: 'Comes in no more, and neither do its keys.' }),
    createdAt: timestamp('When it was made.'),
    seenAt: timestamp('When it was last used, to within a minute; null for never.').nullable(),
    maxBytes,
    maxSounds,
    kept: z.object(kept).openapi({ description: 'What it keeps, with what lies in the bin.' }),
  })
  .openapi('User');

export const usersSchema = z.object({ items: z.array(userSchema) }).openapi('Users');

export const deleteUserQuery = z.object({
  sounds: queryText(z.string().max(100).optional()).openapi({
    description:
      'Whose its sounds and collections become, by the id of the account, or `bin` for its sounds; else the first one’s.',
  }),
});

export const newUserSchema = z
  .strictObject({ name: userName, role, password: newPassword })
  .openapi('NewUser', { example: { name: 'Ada', role: 'editor', password: 'four words make one' } });

export const userPatchSchema = z
  .strictObject({
    name: userName.optional(),
    role: role.optional(),
    off: z.boolean().optional(),
    maxBytes: maxBytes.optional(),
    maxSounds: maxSounds.optional(),
    password: newPassword.optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, { error: 'must have at least one field to change' })
  .openapi('UserPatch', { description: 'A new password ends all sessions of the account.', minProperties: 1 });

const scopes = z.array(z.enum(SCOPES)).openapi({
  description:
    '`read`: find, hear, take along. `upload`: add sounds and follow their work. `edit`: change and delete as well as read. ' +
    '`admin`: everything. `metrics`: only the figures for Prometheus. `worker`: only the work on sounds elsewhere (`/remote`); made by admins.',
});

export const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    start: z.string().openapi({ description: 'Its first characters, to tell it by.', example: 'traum_x7Qp' }),
    scopes,
    createdAt: timestamp('When it was made.'),
    expiresAt: timestamp('When it stops working; null for never.').nullable(),
    usedAt: timestamp('Its last use, to within a minute; null for never.').nullable(),
    usedFrom: z.string().nullable().openapi({ description: 'Address of the last use.' }),
  })
  .openapi('ApiKey');

export const keysSchema = z.object({ items: z.array(keySchema) }).openapi('ApiKeys');

export const newKeySchema = z
  .strictObject({
    name: text(100),
    scopes: scopes.min(1),
    expiresAt: inFuture.nullable().default(null).openapi({ description: 'Null: never.' }),
  })
  .openapi('NewApiKey', { example: { name: 'Backup script', scopes: ['read'], expiresAt: null } });

export const madeKeySchema = keySchema
  .extend({ secret: z.string().openapi({ description: 'The key itself. It is shown this once.' }) })
  .openapi('MadeApiKey');
