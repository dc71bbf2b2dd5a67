import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv, HttpConfig } from '../deps.js';
import { HttpProblem } from '../problem.js';
import { because } from '../../domain/reasons.js';

const LOOK_AGAIN_MS = 10_000;

/**
 * A page of another site can point a name of its own at this server (DNS rebinding) and would then be of the same origin.
 * So only names that are ours are answered, wherever the server runs: those of this machine, its addresses, those in
 * ALLOWED_HOSTS, and origins that are trusted anyway.
 */
export function hostCheck(
  config: Pick<HttpConfig, 'host' | 'allowedHosts' | 'corsOrigins'>,
): MiddlewareHandler<AppEnv> {
  const trusted = config.corsOrigins.map((origin) => (URL.canParse(origin) ? new URL(origin).hostname : ''));
  const names = new Set([...config.allowedHosts, ...trusted, config.host.toLowerCase()].filter((name) => !isAny(name)));
  const suffixes = [...names].filter((name) => name.startsWith('*.')).map((name) => name.slice(1));
  const ownAddress = addressesOfThisMachine();
  const isOurs = (name: string): boolean =>
    isLoopback(name) ||
    names.has(name) ||
    suffixes.some((suffix) => name.endsWith(suffix) && name.length > suffix.length) ||
    (isIP(name) !== 0 && ownAddress(name));

  return async (c, next) => {
    // A request for a whole URL names the host twice.
    const asked = [c.req.header('host'), authorityOf(c.req.url)].filter((host) => host !== undefined);
    for (const host of asked) {
      const name = hostnameOf(host);
      if (name === null) {
        throw new HttpProblem('malformed_request', 'The Host header of the request is not the name of a host.');
      }
      if (!isOurs(name)) {
        throw new HttpProblem('forbidden', because('host_not_allowed', { host: name.slice(0, 100) }));
      }
    }
    await next();
  };
}

const authorityOf = (url: string): string | undefined => /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)/i.exec(url)?.[1];

/** Lower case, without port, brackets and the dot at the end; null when it is no name or address of a host. */
function hostnameOf(host: string): string | null {
  const [, literal, name, port] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(host) ?? [];
  if (port !== undefined && Number(port) > 65_535) return null;
  if (literal !== undefined) return isIP(literal) === 6 ? new URL(`http://[${literal}]`).hostname.slice(1, -1) : null;
  if (name === undefined) return null;
  const plain = name.toLowerCase().replace(/\.$/, '');
  if (plain === '' || plain.split('.').some((label) => label === '' || label.length > 63)) return null;
  // What ends in a number is an address of IPv4 or nothing; browsers spell 127.1 out before they send it.
  if (/(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(plain)) return isIP(plain) === 4 ? plain : null;
  return plain;
}

const isLoopback = (name: string): boolean =>
  name === 'localhost' ||
  name.endsWith('.localhost') ||
  name === '::1' ||
  (isIP(name) === 4 && name.startsWith('127.'));

/** Listened on, but never asked for. */
const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::' || host === '';

/** Addresses come and go with networks: they are looked up again after a while. */
function addressesOfThisMachine(): (address: string) => boolean {
  let known = new Set<string>();
  let readAt = -Infinity;
  return (address) => {
    if (performance.now() - readAt > LOOK_AGAIN_MS) {
      const entries = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      known = new Set(entries.map((entry) => entry.address.toLowerCase().replace(/%.*$/, '')));
      readAt = performance.now();
    }
    return known.has(address);
  };
}
