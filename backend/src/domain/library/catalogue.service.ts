import { demand, type Actor } from '../accounts/actor.js';
import { viewerOf, type Seen } from '../accounts/viewer.js';
import type { Catalogue } from './catalogue.ports.js';

/** The library by artist and album. */
export class CatalogueService {
  constructor(private readonly catalogue: Seen<Catalogue>) {}

  async artists(actor: Actor, request: Parameters<Catalogue['artists']>[0]): Promise<ReturnType<Catalogue['artists']>> {
    demand(actor, 'read');
    return this.catalogue(viewerOf(actor)).artists(request);
  }

  async albums(actor: Actor, request: Parameters<Catalogue['albums']>[0]): Promise<ReturnType<Catalogue['albums']>> {
    demand(actor, 'read');
    return this.catalogue(viewerOf(actor)).albums(request);
  }
}
