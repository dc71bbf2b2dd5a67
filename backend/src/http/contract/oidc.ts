import { z } from '@hono/zod-openapi';
import { problems } from '../schemas/common.js';
import { route } from './route.js';

const tags = ['Accounts'];
const elsewhere = {
  302: { description: 'Where it goes on; for a browser that wants a page also where it was refused.' },
};

export const oidcBegin = route('none', {
  method: 'get',
  path: '/api/v1/auth/oidc',
  operationId: 'oidcBegin',
  tags,
  summary: 'Sign in by the provider that is set (OpenID Connect)',
  request: {
    query: z.object({
      to: z
        .string()
        .optional()
        .describe('The page to be on afterwards, by its path; what leads elsewhere counts for nothing.'),
    }),
  },
  responses: { ...elsewhere, ...problems(409, 503) },
});

export const oidcCallback = route('none', {
  method: 'get',
  path: '/api/v1/auth/oidc/callback',
  operationId: 'oidcCallback',
  tags,
  summary: 'Come back from the provider',
  description: 'The address to register there as redirect URI. Sets the same cookies as `POST /auth/login`.',
  responses: { ...elsewhere, ...problems(401, 403, 409, 503) },
});

export const oidcLogout = route('none', {
  method: 'get',
  path: '/api/v1/auth/oidc/logout',
  operationId: 'oidcLogout',
  tags,
  summary: 'Sign out at the provider as well',
  description: 'After `POST /auth/logout`. Leads to the provider where it can do that, otherwise to the start page.',
  responses: { ...elsewhere, ...problems() },
});
