import { randomBytes } from 'node:crypto';
import { loadConfig, type Config } from '../config.js';
import { SYSTEM } from '../domain/accounts/actor.js';
import { DomainError } from '../domain/errors.js';
import { createLogger } from '../observability/logger.js';
import { startProblem } from './start-problem.js';
import { complain, say } from './terminal.js';

const USAGE = `npm run account -- list          the accounts there are
npm run account -- reset NAME    give an account a new password, which is printed, and end its sessions; turns it on again
npm run account -- new-secret    another key that sign-ins are signed with, where the database or a backup was stolen

For whoever runs the machine, while the server runs or not. Exit codes: 0 done, 1 failed, 2 called in a wrong way.`;

process.exitCode = await main(process.argv.slice(2));

async function main([command, name, ...more]: string[]): Promise<number> {
  if (command === '--help' || command === 'help') {
    say(USAGE);
    return 0;
  }
  if (
    more.length > 0 ||
    !(command === 'reset' ? name : ['list', 'new-secret'].includes(command ?? '') && name === undefined)
  ) {
    complain(USAGE);
    return 2;
  }
  // Only now: help should not wait for all that the server is made of.
  const { buildAccounts } = await import('../composition/accounts.js');
  const { openDataDirectory } = await import('../composition/data-directory.js');
  const { Lifecycle } = await import('../composition/lifecycle.js');
  const { openPatientStorage } = await import('../composition/storage.js');
  const logger = createLogger('silent', 'account');
  const lifecycle = new Lifecycle(logger);
  let config: Config | undefined;
  try {
    config = loadConfig();
    await openDataDirectory(config, logger);
    const { users } = buildAccounts(
      config,
      await openPatientStorage(config, lifecycle),
      { tell: () => undefined },
      logger,
    );
    if (command === 'list') {
      for (const user of await users.list(SYSTEM)) say(`${user.name}\t${user.role}${user.off ? '\toff' : ''}`);
      return 0;
    }
    if (command === 'new-secret') {
      await users.renewSigningKey(SYSTEM);
      say('Sign-ins are signed with another key, within a minute in every process. Nobody has to sign in again.');
      return 0;
    }
    const id = await users.idOf(name!);
    if (id === null) throw new DomainError('not_found', `There is no account named "${name}". npm run account -- list`);
    const password = randomBytes(12).toString('base64url');
    const changed = await users.change(SYSTEM, id, { password, off: false });
    say(`The password of ${changed.name} is now: ${password}`);
    return 0;
  } catch (error) {
    const told = startProblem(error, config);
    if (told === null) throw error;
    complain(told);
    return 1;
  } finally {
    await lifecycle.stop();
  }
}
