import { randomBytes, randomUUID } from 'node:crypto';
import type { PasswordHasher, TokenSigner, UserRepository } from '../accounts/accounts.ports.js';
import { RIGHTS_OF } from '../accounts/accounts.types.js';
import type { AccessRepository } from '../accounts/access.ports.js';
import { changerOf, sees, viewerOf, type Visibility } from '../accounts/viewer.js';
import { demand, LOCAL_OWNER, mustBePerson, type Actor } from '../accounts/actor.js';
import { SignInGuard } from '../accounts/sign-in.guard.js';
import { hashOf } from '../accounts/sign-in.service.js';
import type { CollectionsService } from '../collections/collections.service.js';
import { DomainError, notFound } from '../errors.js';
import type { CoverSize } from '../library/covers.ports.js';
import type { CoversService } from '../library/covers.service.js';
import type { DecodedFile, LibraryService } from '../library/library.service.js';
import { soundNameOf } from '../library/names.js';
import { AtOnce, endingWith } from '../limits/at-once.js';
import type { Log } from '../log.js';
import { because } from '../reasons.js';
import type { LinkRepository } from './links.ports.js';
import type { NewLink, SharedFile, SharedSound, ShareLink } from './links.types.js';
import { samplesWithin } from '../library/stretch.js';
import { rateOf } from '../library/pcm-format.js';

/** So long a browser may go on after it has opened a link; then it opens it again. */
export const VISIT_S = 12 * 3600;
const MAX_LINKS = 1000;
const MAX_SHOWN = 500;
/** What is decoded for the guests of one link, and of one network, at the same time. */
const MOST_OF_LINK = 16;
const MOST_OF_NETWORK = 8;
/** So long an expired link is still listed. */
const EXPIRED_KEPT_MS = 30 * 24 * 3600_000;

interface Parts {
  links: LinkRepository;
  library: Pick<LibraryService, 'get' | 'file' | 'wav'>;
  collections: Pick<CollectionsService, 'get' | 'list' | 'sounds'>;
  covers: Pick<CoversService, 'get'>;
  access: Pick<AccessRepository, 'ofSounds' | 'ofCollections'>;
  users: Pick<UserRepository, 'get' | 'signingKey'>;
  hasher: PasswordHasher;
  signer: TokenSigner;
  logger: Log;
  guard?: SignInGuard;
}

/** Links by which somebody without an account hears a sound, a moment or a collection. */
export class LinksService {
  readonly #parts: Parts;
  readonly #guard: SignInGuard;
  readonly #listening = new AtOnce();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#guard = parts.guard ?? new SignInGuard();
  }

  /** The own ones; an admin sees all of what they may see. The newest first. */
  async list(actor: Actor): Promise<ShareLink[]> {
    demand(actor, 'edit');
    return this.#shown(actor, await this.#parts.links.list(reachOf(actor)));
  }

  /** Without those of others to what the actor does not see. */
  async #shown(actor: Actor, all: readonly ShareLink[]): Promise<ShareLink[]> {
    const { access } = this.#parts;
    const idsOf = (kind: ShareLink['kind']): string[] =>
      all.filter((link) => link.kind === kind).map(({ subjectId }) => subjectId);
    const kept = [await access.ofSounds(idsOf('sound')), await access.ofCollections(idsOf('collection'))];
    return all.filter((link) => {
      const subject = kept[link.kind === 'sound' ? 0 : 1]!.get(link.subjectId);
      return link.ownerId === actor.ownerId || !subject || sees(viewerOf(actor), subject);
    });
  }

  /**
   * @returns the link with its token, which is told this once and is kept nowhere
   * @throws DomainError `not_found` for what is shared; `invalid_input`; `forbidden` to keys; `conflict` when there are too many
   */
  async add(actor: Actor, given: NewLink): Promise<{ link: ShareLink; token: string }> {
    demand(actor, 'edit');
    mustBePerson(actor);
    const { links, library, collections, hasher } = this.#parts;
    const { kind, subjectId, part } = given;
    let name: string;
    if (kind === 'collection') {
      const collection = await collections.get(actor, subjectId);
      name = collection.name;
      if (!mayShow(actor, collection)) throw new DomainError('forbidden', because('collection_of_another', { name }));
    } else {
      const sound = await library.get(actor, subjectId);
      name = soundNameOf(sound);
      if (!mayShow(actor, sound)) throw new DomainError('forbidden', because('sound_of_another', { name }));
      if (part) samplesWithin(sound.durationS ?? Infinity, part, rateOf(sound));
    }
    await links.dropExpired(new Date(Date.now() - EXPIRED_KEPT_MS).toISOString());
    if ((await links.countOpen(actor.ownerId)) >= MAX_LINKS) {
      throw new DomainError('conflict', because('links_too_many', { most: MAX_LINKS }));
    }
    const token = randomBytes(24).toString('base64url');
    const { download, password, expiresAt } = given;
    const link: ShareLink = {
      id: randomUUID(),
      ownerId: actor.ownerId,
      kind,
      subjectId,
      name,
      part,
      download,
      hasPassword: password !== null,
      createdAt: new Date().toISOString(),
      expiresAt,
      opened: 0,
      openedAt: null,
    };
    const passwordHash = password === null ? null : await hasher.hash(password);
    await links.add(link, { tokenHash: hashOf(token), passwordHash });
    return { link, token };
  }

  /** @throws DomainError `not_found`, also for one of somebody else; `forbidden` to keys, whose links none are */
  async revoke(actor: Actor, id: string): Promise<void> {
    demand(actor, 'edit');
    mustBePerson(actor);
    const { links } = this.#parts;
    const link = await links.get(id);
    const [shown] = link ? await this.#shown(actor, [link]) : [];
    if (!shown || !(await links.revoke(id, reachOf(actor)))) throw notFound('link', id);
  }

  /**
   * Opens a link for whoever has its token.
   * @param network of the caller, by which wrong passwords are counted
   * @returns the link with what it shares, and a pass by which the same browser goes on
   * @throws DomainError `not_found` when there is no such link any more, or nothing left at it; `unauthorized` without its password;
   *   `too_many_requests`
   */
  async open(
    token: string,
    password: string | null,
    network: string,
  ): Promise<{ link: ShareLink; sounds: SharedSound[]; pass: string; lastsS: number }> {
    const { links, hasher, signer, users, logger } = this.#parts;
    const found = await links.byToken(hashOf(token));
    if (!found || !(await this.#isOpen(found.link))) throw gone();
    const { link, passwordHash } = found;
    if (passwordHash !== null) {
      if (password === null) throw new DomainError('unauthorized', because('link_password_needed'));
      const attempt = { place: `${network} at links`, name: `link ${link.id}` };
      if (!(await this.#guard.attempt(attempt, () => hasher.verify(passwordHash, password)))) {
        logger.warn({ client: network, link: link.id }, 'wrong password for a link');
        throw new DomainError('unauthorized', because('link_password_wrong'));
      }
    }
    const sounds = await this.#sounds(link);
    await links.opened(link.id);
    const leftS = link.expiresAt === null ? VISIT_S : Math.ceil((Date.parse(link.expiresAt) - Date.now()) / 1000);
    const lastsS = Math.max(1, Math.min(VISIT_S, leftS));
    return {
      link,
      sounds,
      lastsS,
      pass: await signer.sign({ use: 'link', sub: link.id }, await users.signingKey(), lastsS),
    };
  }

  /**
   * What a pass is still good for.
   * @throws DomainError `not_found` when the link is over, or the pass is of another one
   */
  async visit(id: string, pass: string | null): Promise<{ link: ShareLink; visitor: Actor }> {
    const { links, signer, users } = this.#parts;
    const claims = pass === null ? null : await signer.read(pass, await users.signingKey());
    if (claims?.['use'] !== 'link' || claims['sub'] !== id) throw gone();
    const link = await links.get(id);
    if (!link || !(await this.#isOpen(link))) throw gone();
    return { link, visitor: visitorOf(link) };
  }

  /**
   * The bytes of a sound that a link shares, or of the moment of it.
   * @param ask `decoded`: as WAV, whatever the file is; `network`: of the caller, by which those who listen are counted
   * @throws DomainError `not_found` for what the link does not share; of the file; in reading `too_many_requests`
   */
  async file(
    { link, visitor }: { link: ShareLink; visitor: Actor },
    soundId: string,
    ask: { decoded: boolean; network: string },
  ): Promise<SharedFile> {
    await this.#mustShare(link, visitor, soundId);
    const { library } = this.#parts;
    const { part } = link;
    if (!part && !ask.decoded) return { file: await library.file(visitor, soundId), mark: null, filename: null };
    const file = await library.wav(visitor, soundId, { stretch: part ?? undefined }).catch((error: unknown) => {
      // How long the sound is that this is no moment of any more is nobody's business.
      throw part && error instanceof DomainError && error.code === 'invalid_input' ? gone() : error;
    });
    const most = { [`link ${link.id}`]: MOST_OF_LINK, [`network ${ask.network}`]: MOST_OF_NETWORK };
    const limited: DecodedFile = {
      ...file,
      read: async (range, signal) => {
        const end = this.#listening.begin(most);
        try {
          return endingWith(await file.read(range, signal), end);
        } catch (error) {
          end();
          throw error;
        }
      },
    };
    if (!part) return { file: limited, mark: null, filename: null };
    // Not the hash of the original, nor one that can be had from it.
    const secret = await this.#parts.users.signingKey();
    const mark = hashOf(`${secret} ${link.id} ${file.part} ${file.mark} ${file.sound.sha256}`).slice(0, 32);
    return { file: limited, mark, filename: `${link.name}.wav` };
  }

  /**
   * The picture of a sound that a link shares, as a square JPEG.
   * @returns its id beside it, which stands for these bytes for ever
   * @throws DomainError `not_found` for what the link does not share, what has no picture, and of a moment
   */
  async cover(
    { link, visitor }: { link: ShareLink; visitor: Actor },
    soundId: string,
    size: CoverSize,
  ): Promise<{ id: string; picture: Uint8Array }> {
    await this.#mustShare(link, visitor, soundId);
    const { library, covers } = this.#parts;
    const id = link.part ? null : (await library.get(visitor, soundId)).cover;
    if (id === null) throw notFound('cover', soundId);
    return { id, picture: await covers.get(visitor, id, size) };
  }

  /** What is to be heard, as far as it is there; of a collection the first so many. Of a moment only what the link says itself. */
  async #sounds(link: ShareLink): Promise<SharedSound[]> {
    const visitor = visitorOf(link);
    const { library, collections } = this.#parts;
    try {
      if (link.part) {
        const sound = await library.get(visitor, link.subjectId);
        const { id, durationS } = sound;
        const { count } = samplesWithin(durationS ?? Infinity, link.part, rateOf(sound));
        const lengthS = durationS === null ? null : count / rateOf(sound);
        return [{ id, name: link.name, artist: null, durationS: lengthS, hasCover: false }];
      }
      const sounds =
        link.kind === 'sound'
          ? [await library.get(visitor, link.subjectId)]
          : (await collections.sounds(visitor, link.subjectId, { limit: MAX_SHOWN })).items;
      return sounds.map((sound) => {
        const { id, artist, durationS, cover } = sound;
        return { id, name: soundNameOf(sound), artist, durationS, hasCover: cover !== null };
      });
    } catch (error) {
      if (error instanceof DomainError && ['not_found', 'invalid_input'].includes(error.code)) throw gone();
      throw error;
    }
  }

  async #mustShare({ kind, subjectId }: ShareLink, visitor: Actor, soundId: string): Promise<void> {
    if (kind === 'sound' ? soundId === subjectId : await this.#holds(visitor, subjectId, soundId)) return;
    throw notFound('sound', soundId);
  }

  async #holds(visitor: Actor, collectionId: string, soundId: string): Promise<boolean> {
    let cursor: string | undefined;
    do {
      const page = await this.#parts.collections.list(visitor, { soundId, limit: 200, cursor });
      if (page.items.some(({ id }) => id === collectionId)) return true;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return false;
  }

  /** Neither expired, nor of somebody who may not share (any more). */
  async #isOpen({ expiresAt, ownerId }: ShareLink): Promise<boolean> {
    if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) return false;
    const owner = await this.#parts.users.get(ownerId);
    return owner ? !owner.off && RIGHTS_OF[owner.role].includes('edit') : ownerId === LOCAL_OWNER;
  }
}

/** What is shared with somebody is not theirs to share on. */
const mayShow = (actor: Actor, { ownerId, visibility }: { ownerId: string; visibility: Visibility }): boolean =>
  sees(changerOf(actor), { ownerId, visibility, people: [] });

const reachOf = ({ rights, ownerId }: Actor): string | null => (rights.has('admin') ? null : ownerId);
const gone = (): DomainError => new DomainError('not_found', because('link_gone'));
const visitorOf = ({ id, ownerId }: ShareLink): Actor => ({ kind: 'link', id, ownerId, rights: new Set(['read']) });
