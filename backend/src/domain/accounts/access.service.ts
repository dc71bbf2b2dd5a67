import { randomUUID } from 'node:crypto';
import type { AccessChange, AccessRepository, FolderRule } from './access.ports.js';
import type { UserRepository } from './accounts.ports.js';
import { demand, mustBePerson, type Actor } from './actor.js';
import { sees, viewerOf, type Access, type Visibility } from './viewer.js';
import { DomainError, notFound } from '../errors.js';
import type { EventSink } from '../events.js';
import { because } from '../reasons.js';
import { inSlices } from '../slices.js';

/** Somebody here, as others know them. */
export interface Person {
  id: string;
  name: string;
}

/** How a thing is kept, for people to read. */
export interface ShownAccess {
  /** Without a name: the account is gone, or there are none here. */
  owner: { id: string; name: string | null };
  visibility: Visibility;
  /** Those it is shared with: told to who may change that. */
  people: Person[];
  mayChange: boolean;
}

/** How things are to be kept. */
export interface NewAccess {
  visibility: Visibility;
  people: readonly string[];
}

type Kind = 'sound' | 'collection';

const SLICE = 200;

/** Whose things are and who else sees them: looked at by all who see one, changed by its owner, or an admin who sees it. */
export class AccessService {
  readonly #parts;

  /** @param parts `newSounds`: how a sound is kept that nobody has said anything about */
  constructor(parts: {
    access: AccessRepository;
    users: Pick<UserRepository, 'list'>;
    events: EventSink;
    newSounds: Exclude<Visibility, 'shared'>;
  }) {
    this.#parts = parts;
  }

  /** Everybody with an account, to share with. */
  async people(actor: Actor): Promise<Person[]> {
    demand(actor, 'read');
    const users = await this.#parts.users.list();
    return users.filter(({ off }) => !off).map(({ id, name }) => ({ id, name }));
  }

  /** @throws DomainError `not_found` */
  async of(actor: Actor, kind: Kind, id: string): Promise<ShownAccess> {
    demand(actor, 'read');
    const access = await this.#seen(actor, kind, id);
    const mayChange = actor.rights.has('edit') && isMaster(actor, access);
    const names = new Map((await this.#parts.users.list()).map((user) => [user.id, user.name]));
    const people = access.people.map((person) => ({ id: person, name: names.get(person) ?? '' }));
    return {
      owner: { id: access.ownerId, name: names.get(access.ownerId) ?? null },
      visibility: access.visibility,
      people: mayChange ? people.sort((a, b) => a.name.localeCompare(b.name)) : [],
      mayChange,
    };
  }

  /** @throws DomainError `forbidden` when one of them is somebody else's; nothing is changed then */
  async changeSounds(
    actor: Actor,
    soundIds: readonly string[],
    to: NewAccess,
  ): Promise<{ changed: string[]; notFound: string[] }> {
    demand(actor, 'edit');
    const { access } = this.#parts;
    const ids = [...new Set(soundIds)];
    const mine: string[] = [];
    await inSlices(ids, SLICE, async (slice) => {
      for (const [id, kept] of await access.ofSounds(slice)) {
        if (!sees(viewerOf(actor), kept)) continue;
        mustBeMaster(actor, kept);
        mine.push(id);
      }
    });
    const changed: string[] = [];
    await inSlices(mine, SLICE, async (slice) => {
      const changes = await access.changeSounds(slice, null, await this.#cleaned(to));
      changed.push(...changes.map(({ id }) => id));
      for (const change of changes) this.#tell('sound', change);
    });
    const done = new Set(changed);
    return { changed, notFound: ids.filter((id) => !done.has(id)) };
  }

  /** What is in it is kept as before: whoever sees a collection sees of its sounds what they may. @throws DomainError */
  async changeCollection(actor: Actor, id: string, to: NewAccess): Promise<ShownAccess> {
    demand(actor, 'edit');
    mustBeMaster(actor, await this.#seen(actor, 'collection', id));
    const change = await this.#parts.access.changeCollection(id, null, await this.#cleaned(to));
    if (!change) throw notFound('collection', id);
    this.#tell('collection', change);
    return this.of(actor, 'collection', id);
  }

  /** How what one adds to folders is kept, where that was said. */
  async rules(actor: Actor): Promise<FolderRule[]> {
    demand(actor, 'read');
    return this.#parts.access.rules(actor.ownerId);
  }

  /** Keeps all that somebody has in a folder and below it like this, and all that they will add there. */
  async setRule(actor: Actor, folder: string, to: NewAccess): Promise<{ changed: number }> {
    demand(actor, 'edit');
    mustBePerson(actor);
    const { access } = this.#parts;
    const { ownerId } = actor;
    const kept = await this.#cleaned(to);
    await access.setRule({ id: randomUUID(), ownerId, folder, ...kept });
    // What was said of folders below counts no more: it would be kept otherwise than all around it.
    for (const rule of await access.rules(ownerId)) {
      if (rule.folder.startsWith(`${folder}/`)) await access.deleteRule(ownerId, rule.folder);
    }
    let changed = 0;
    await inSlices(await access.soundsIn(ownerId, folder), SLICE, async (slice) => {
      const changes = await access.changeSounds(slice, ownerId, kept);
      changed += changes.length;
      for (const change of changes) this.#tell('sound', change);
    });
    return { changed };
  }

  /** What is there stays as it is kept. @throws DomainError `not_found` */
  async deleteRule(actor: Actor, folder: string): Promise<void> {
    demand(actor, 'edit');
    if (!(await this.#parts.access.deleteRule(actor.ownerId, folder))) throw notFound('rule', folder);
  }

  /** How a sound is kept that somebody adds, from this folder: as was said of the nearest folder above. */
  async forNew({ ownerId }: Actor, folder: string): Promise<Access> {
    const { access, newSounds } = this.#parts;
    const rules = folder === '' ? [] : await access.rules(ownerId);
    const [nearest] = rules
      .filter((rule) => folder === rule.folder || folder.startsWith(`${rule.folder}/`))
      .sort((a, b) => b.folder.length - a.folder.length);
    const { visibility, people } = nearest ?? { visibility: newSounds, people: [] };
    return { ownerId, visibility, people };
  }

  async #seen(actor: Actor, kind: Kind, id: string): Promise<Access> {
    const { access } = this.#parts;
    const kept = (await (kind === 'sound' ? access.ofSounds([id]) : access.ofCollections([id]))).get(id);
    if (!kept || !sees(viewerOf(actor), kept)) throw notFound(kind, id);
    return kept;
  }

  /** Shared with nobody is private. */
  async #cleaned({ visibility, people }: NewAccess): Promise<NewAccess> {
    if (visibility !== 'shared') return { visibility, people: [] };
    const known = new Set((await this.#parts.users.list()).map(({ id }) => id));
    const chosen = [...new Set(people)];
    const unknown = chosen.find((id) => !known.has(id));
    if (unknown !== undefined) {
      throw new DomainError('invalid_input', because('person_unknown'), {
        fields: [{ path: 'people', message: `there is no account ${unknown}` }],
      });
    }
    return chosen.length === 0 ? { visibility: 'private', people: [] } : { visibility, people: chosen };
  }

  #tell(kind: Kind, { id, before }: AccessChange): void {
    const told = { change: 'updated' as const, access: before };
    this.#parts.events.tell(kind === 'sound' ? { kind, ...told, soundId: id } : { kind, ...told, collectionId: id });
  }
}

/** Its owner, whoever runs the installation and sees it, or the person at a machine without accounts. */
const isMaster = (actor: Actor, { ownerId }: Access): boolean =>
  viewerOf(actor).id === null || ownerId === actor.ownerId || actor.rights.has('admin');

function mustBeMaster(actor: Actor, access: Access): void {
  if (!isMaster(actor, access)) throw new DomainError('forbidden', because('access_of_another'));
}
