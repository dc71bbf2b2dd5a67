import { LOCAL_OWNER, type Actor } from './actor.js';

/** Who a thing is for, besides its owner: nobody, chosen people, everybody here. */
export const VISIBILITIES = ['private', 'shared', 'public'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

/**
 * Through whose eyes the library is looked at: what is public and what is their own; with `shared` also what others share with
 * them. Null as the id sees everything.
 */
export interface Viewer {
  readonly id: string | null;
  readonly shared: boolean;
  /** Runs the installation: is told how much there is in all, and of work on the whole library. */
  readonly runs: boolean;
  /** Nothing but what is their own. */
  readonly ownOnly?: boolean;
}

export const EVERYTHING: Viewer = { id: null, shared: true, runs: true };

/**
 * A port as it is for one viewer. Whatever answers people has its ports in this form only, so that none of it can forget who
 * asks.
 */
export type Seen<Port> = (viewer: Viewer) => Port;

/** What an actor may see. Guests of a link see what its owner may show: public and own things. */
export const viewerOf = ({ kind, ownerId, rights }: Actor): Viewer =>
  kind === 'local' || kind === 'system'
    ? EVERYTHING
    : { id: ownerId, shared: kind !== 'link', runs: rights.has('admin') };

/** What an actor may change, give away or delete, as far as they may do so at all: what is shared with them they only see. */
export const changerOf = (actor: Actor): Viewer => ({ ...viewerOf(actor), shared: false });

/** What is an actor's own; everything where there are no accounts. */
const ownerOf = (actor: Actor): Viewer => ({ ...changerOf(actor), ownOnly: true });

/** What an actor may delete for good, as far as they may do so at all: what is their own; an admin what they may change. */
export const eraserOf = (actor: Actor): Viewer => (actor.rights.has('admin') ? changerOf(actor) : ownerOf(actor));

/** What an actor may have processed anew or stop, as far as they may do so at all: who only uploads their own. */
export const processorOf = (actor: Actor): Viewer => (actor.rights.has('edit') ? changerOf(actor) : ownerOf(actor));

/** What an actor may take for the same when they add it. What the server adds by itself is of the first account. */
export const adderOf = (actor: Actor): Viewer =>
  actor.kind === 'system' ? { id: LOCAL_OWNER, shared: false, runs: false } : viewerOf(actor);

/** Tells apart whose eyes see otherwise. */
export const nameOfViewer = ({ id, shared, runs, ownOnly }: Viewer): string =>
  id === null ? '*' : `${ownOnly ? 'own' : shared ? 'with' : 'only'} ${runs ? 'all ' : ''}${id}`;

/** How a thing that has an owner is kept: whose it is, and who else sees it. */
export interface Access {
  ownerId: string;
  visibility: Visibility;
  /** Accounts that a `shared` one is shared with. */
  people: readonly string[];
}

/** Whether the viewer sees what is kept like that. */
export const sees = ({ id, shared, ownOnly = false }: Viewer, { ownerId, visibility, people }: Access): boolean =>
  id === null ||
  ownerId === id ||
  (!ownOnly && (visibility === 'public' || (shared && visibility === 'shared' && people.includes(id))));
