import { clientOf, ensureBucket, type S3Place } from './bucket.js';
import { S3AudioStore, type S3AudioStoreOptions } from './s3-audio-store.js';
import { S3FileAudit } from './s3-file-audit.js';

export type { S3Place } from './bucket.js';

export interface S3Options extends S3Place, Pick<S3AudioStoreOptions, 'cache' | 'patienceMs'> {
  /** Downloads go to the store itself, by links that are good for so long; 0: through this server. */
  linkS: number;
  /** As browsers reach it; null: as this server does. */
  publicEndpoint: string | null;
}

/** Opens the bucket that sounds are kept in. @throws DomainError that names cause and remedy when it cannot be used */
export async function openS3(options: S3Options): Promise<{ store: S3AudioStore; audit: S3FileAudit }> {
  const { bucket, prefix, cache, patienceMs = 0, linkS, publicEndpoint } = options;
  const client = clientOf(options);
  await ensureBucket(client, options);
  const links = linkS > 0 ? { client: clientOf(options, publicEndpoint ?? options.endpoint), forS: linkS } : null;
  const store = new S3AudioStore({ client, bucket, prefix, cache, patienceMs, links });
  return { store, audit: new S3FileAudit({ client, bucket, prefix, store }) };
}
