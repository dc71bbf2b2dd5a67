import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  HeadBucketCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { DomainError } from '../../domain/errors.js';
import { faultOf } from './faults.js';

export interface S3Place {
  bucket: string;
  /** Empty, or ends with `/`. */
  prefix: string;
  /** Null: Amazon's own. */
  endpoint: string | null;
  region: string;
  /** Null: what the environment has otherwise, such as the role of the machine. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | null;
}

/** What nobody answers for so long is away. */
const CONNECT_MS = 3_000;
const ANSWER_MS = 20_000;
/** Listeners hold a connection each. */
const CONNECTIONS = 512;
const DEFAULT_REGION = 'us-east-1';

/** @param endpoint another address of the same store: as browsers reach it */
export function clientOf(place: S3Place, endpoint = place.endpoint): S3Client {
  // The client takes no other word for it; it is pinned to a version that takes this Node.
  // eslint-disable-next-line no-restricted-properties
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const config: S3ClientConfig = {
    region: place.region,
    maxAttempts: 3,
    // Not every store knows the checksums that Amazon's has; names say what the content is.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: CONNECTIONS, keepAlive: true },
      httpsAgent: { maxSockets: CONNECTIONS, keepAlive: true },
    },
  };
  if (endpoint !== null) Object.assign(config, { endpoint, forcePathStyle: true });
  if (place.credentials) config.credentials = place.credentials;
  return new S3Client(config);
}

/**
 * Sees to it that the bucket is there, and makes it if need be.
 * @throws DomainError that names cause and remedy, for whoever starts the program
 */
export async function ensureBucket(client: S3Client, place: S3Place): Promise<void> {
  const { bucket, region } = place;
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return;
  } catch (error) {
    if (faultOf(error) !== 'missing') throw cannotStart(error, place);
  }
  const abroad = place.endpoint === null && region !== DEFAULT_REGION;
  try {
    await client.send(
      new CreateBucketCommand({
        Bucket: bucket,
        ...(abroad && {
          CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
        }),
      }),
    );
  } catch (error) {
    // Another process was faster.
    if (/^BucketAlready/.test((error as Error).name)) return;
    if (faultOf(error) === 'away') throw cannotStart(error, place);
    throw new DomainError(
      'internal',
      `There is no bucket "${bucket}" at ${whereIs(place)}, and it could not be made (${wordsOf(error)}). ` +
        'Make it, or set STORAGE_URL to one that is there.',
      { cause: error },
    );
  }
}

const whereIs = ({ endpoint, region }: S3Place): string =>
  endpoint === null ? `Amazon S3 in ${region}` : new URL(endpoint).origin;

function wordsOf(error: unknown): string {
  const { code, name, $metadata } = error as { code?: string; name: string; $metadata?: { httpStatusCode?: number } };
  return code ?? ([$metadata?.httpStatusCode, /\D/.test(name) ? name : ''].filter(Boolean).join(' ') || 'no answer');
}

function cannotStart(error: unknown, place: S3Place): DomainError {
  const where = whereIs(place);
  const [cause, remedy] = {
    keyless: [
      `There are no credentials for ${where}.`,
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role that may use the bucket.',
    ],
    refused: [
      `${where} refuses access to the bucket "${place.bucket}" (${wordsOf(error)}).`,
      'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and what the key may do.',
    ],
    away: [`${where} does not answer (${wordsOf(error)}).`, 'Start it, or check S3_ENDPOINT and AWS_REGION.'],
    missing: [`${where} has no bucket "${place.bucket}".`, 'Check STORAGE_URL.'],
    other: [
      `${where} does not work as a storage (${wordsOf(error)}).`,
      'Check STORAGE_URL, S3_ENDPOINT and AWS_REGION.',
    ],
  }[faultOf(error)];
  return new DomainError('internal', `${cause} ${remedy}`, { cause: error });
}
