import { DomainError } from '../errors.js';
import { because } from '../reasons.js';

/** @param name as the collection that has it writes it */
export const collectionNameTaken = (name: string): DomainError =>
  new DomainError('conflict', because('collection_name_taken', { name }), {
    fields: [{ path: 'name', message: 'is taken' }],
  });
