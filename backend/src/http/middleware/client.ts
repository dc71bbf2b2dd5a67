import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import type { Caller } from '../../domain/accounts/accounts.types.js';
import type { AppEnv, HttpConfig } from '../deps.js';

/**
 * Leaves the address of the client for handlers and the log. `X-Forwarded-For` is believed from its right end only as
 * far as trusted proxies wrote it: what stands further left anybody may have made up.
 */
export function clientAddress({ trustedProxies }: Pick<HttpConfig, 'trustedProxies'>): MiddlewareHandler<AppEnv> {
  const isTrusted = trustIn(trustedProxies);
  return async (c, next) => {
    // Requests of tests have no socket.
    const socket = (c.env as Partial<AppEnv['Bindings']> | undefined)?.incoming?.socket;
    c.set('client', clientOf(socket?.remoteAddress, c.req.header('x-forwarded-for'), isTrusted));
    await next();
  };
}

type Trust = (address: string, hop: number) => boolean;

function clientOf(peer: string | undefined, forwarded: string | undefined, isTrusted: Trust): string {
  let client = plainAddress(peer ?? '') ?? 'unknown';
  const chain = forwarded?.split(',').reverse() ?? [];
  for (const [hop, entry] of chain.entries()) {
    if (!isTrusted(client, hop)) break;
    const address = plainAddress(entry);
    if (address === null) break;
    client = address;
  }
  return client;
}

/** Without port, brackets and the prefix of IPv4 in IPv6; null when it is no address. */
function plainAddress(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(bare) === 0 ? null : bare.toLowerCase();
}

function trustIn(proxies: HttpConfig['trustedProxies']): Trust {
  if ('hops' in proxies) return (_address, hop) => hop < proxies.hops;
  const trusted = new BlockList();
  for (const range of proxies.ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Who asks, as far as the network tells. */
export const callerOf = (c: Context<AppEnv>): Caller => ({
  address: c.get('client'),
  agent: (c.req.header('user-agent') ?? '').slice(0, 300),
});
