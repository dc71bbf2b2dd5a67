import { describe, expect, it } from 'vitest';
import { demand, LOCAL, nameOf, RIGHTS, SYSTEM, type Actor, type Right } from './actor.js';

const guest: Actor = { kind: 'key', id: 'k1', ownerId: 'u1', rights: new Set(['read', 'upload']) };

describe('an actor', () => {
  it('may what it has the right to, and is told what it lacks', () => {
    expect(() => demand(guest, 'upload')).not.toThrow();
    expect(() => demand(guest, 'delete')).toThrow(/may not delete sounds/);
    expect(() => demand(guest, 'admin')).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  it('sees what it may change, but not what it only adds to', () => {
    const only = (right: Right): Actor => ({ ...guest, rights: new Set([right]) });
    for (const right of ['edit', 'delete', 'admin'] as const) expect(() => demand(only(right), 'read')).not.toThrow();
    expect(() => demand(only('upload'), 'read')).toThrow('may not read');
    expect(() => demand(only('admin'), 'edit')).toThrow('may not change');
  });

  it('of this machine, and the server itself, may everything', () => {
    for (const right of RIGHTS) for (const actor of [LOCAL, SYSTEM]) expect(() => demand(actor, right)).not.toThrow();
  });

  it('has a name for the log', () => {
    expect([LOCAL, SYSTEM, guest].map(nameOf)).toEqual(['local', 'system', 'key:k1']);
  });
});
