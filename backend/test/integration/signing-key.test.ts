import { expect, it } from 'vitest';
import {
  openDatabase,
  SqlKeyRepository,
  SqlSessionRepository,
  SqlUserRepository,
  storageOver,
} from '../../src/adapters/sql/index.js';
import { Argon2Hasher, JwtSigner } from '../../src/adapters/secrets/index.js';
import { AccountsService } from '../../src/domain/accounts/accounts.service.js';
import { SYSTEM } from '../../src/domain/accounts/actor.js';
import { SignInService } from '../../src/domain/accounts/sign-in.service.js';
import { PASSWORD } from '../support/accounts.js';
import { later } from '../support/fakes.js';

it('a new signing key ends what was signed before within a minute, and no session', async () => {
  const sql = storageOver(openDatabase(':memory:'));
  const users = later(new SqlUserRepository(sql));
  const hasher = new Argon2Hasher();
  const accounts = new AccountsService({ users, hasher, events: { tell: () => undefined } });
  await accounts.setUp((await accounts.setupToken())!, 'Ada', PASSWORD);
  let now = Date.now();
  const keys = later(new SqlKeyRepository(sql));
  const sessions = later(new SqlSessionRepository(sql));
  const signer = new JwtSigner();
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };
  const service = new SignInService({ users, sessions, keys, hasher, signer, logger, now: () => now });
  const caller = { address: '192.0.2.1', agent: 'test', network: '192.0.2.0' };
  const signedIn = await service.signIn('Ada', PASSWORD, caller, null);
  const stolen = await users.signingKey();
  const claims = await signer.read(signedIn.accessToken, stolen);
  const forged = await signer.sign(
    { use: 'access', sub: String(claims!['sub']), sid: String(claims!['sid']) },
    stolen,
    600,
  );
  expect((await service.identify(forged, caller)).name).toBe('Ada');

  await accounts.renewSigningKey(SYSTEM);
  now += 60_000;
  for (const token of [forged, signedIn.accessToken])
    await expect(service.identify(token, caller)).rejects.toMatchObject({ code: 'unauthorized' });
  const { accessToken } = await service.refresh(signedIn.refreshToken, caller);
  expect((await service.identify(accessToken, caller)).name).toBe('Ada');
});
