import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Context, MiddlewareHandler } from 'hono';
import type { Caller } from '../../domain/accounts/accounts.types.js';
import { plainAddress, UNKNOWN_ADDRESS } from '../address.js';
import type { AppEnv, HttpConfig } from '../deps.js';

/**
 * Leaves the address of the client for handlers and the log. `X-Forwarded-For` is believed from its right end only as
 * far as trusted proxies wrote it: what stands further left anybody may have made up. What such a proxy wrote that is no address
 * is nobody's: whoever came through it is not taken for the proxy itself.
 */
export function clientAddress({ trustedProxies }: Pick<HttpConfig, 'trustedProxies'>): MiddlewareHandler<AppEnv> {
  const isTrusted = trustIn(trustedProxies);
  return async (c, next) => {
    // Requests of tests have no socket.
    const socket = (c.env as Partial<AppEnv['Bindings']> | undefined)?.incoming?.socket;
    c.set('throughProxy', isTrusted(plainAddress(socket?.remoteAddress ?? '') ?? UNKNOWN_ADDRESS, 0));
    c.set('client', clientOf(socket?.remoteAddress, c.req.header('x-forwarded-for'), isTrusted));
    await next();
  };
}

type Trust = (address: string, hop: number) => boolean;

function clientOf(peer: string | undefined, forwarded: string | undefined, isTrusted: Trust): string {
  let client = plainAddress(peer ?? '') ?? UNKNOWN_ADDRESS;
  if (forwarded === undefined || forwarded.trim() === '') return client;
  for (const [hop, entry] of forwarded.split(',').reverse().entries()) {
    if (!isTrusted(client, hop)) break;
    client = plainAddress(entry) ?? UNKNOWN_ADDRESS;
    if (client === UNKNOWN_ADDRESS) break;
  }
  return client;
}

function trustIn(proxies: HttpConfig['trustedProxies']): Trust {
  if ('hops' in proxies) return (_address, hop) => hop < proxies.hops;
  const trusted = new BlockList();
  for (const range of proxies.ranges) {
    const [written = '', bits] = range.split('/');
    const address = plainAddress(written) ?? written;
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    // IPv4 written as IPv6 has 96 bits in front.
    const length = family === 'ipv4' && isIPv6(written) ? Number(bits) - 96 : Number(bits);
    if (bits === undefined) trusted.addAddress(address, family);
    else if (length >= 0) trusted.addSubnet(address, length, family);
  }
  return (address) => isIP(address) !== 0 && trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Who asks, as far as the network tells. */
export const callerOf = (c: Context<AppEnv>): Caller => ({
  address: c.get('client'),
  agent: (c.req.header('user-agent') ?? '').slice(0, 300),
});
