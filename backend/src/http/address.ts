import { isIP, isIPv6 } from 'node:net';

/** Whoever's address nobody knows: a proxy that is trusted said nothing that is one. */
export const UNKNOWN_ADDRESS = 'unknown';

/**
 * An address in the one spelling that it has here: without port, brackets and zone, IPv6 as RFC 5952 writes it, IPv4 in IPv6 as
 * IPv4. Null for what is no address.
 */
export function plainAddress(text: string): string | null {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')
    .replace(/%.*$/, '');
  const version = isIP(bare);
  if (version !== 6) return version === 4 ? bare : null;
  const spelled = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(spelled) ?? [];
  if (high === undefined || low === undefined) return spelled;
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

/** By which callers are counted. One customer of IPv6 has at least 2⁶⁴ addresses: they count as one. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (plain === null || !isIPv6(plain)) return plain ?? address;
  const [head = '', tail = ''] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::') ? Array<string>(8 - groups.length - rest.length).fill('0') : [];
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}
