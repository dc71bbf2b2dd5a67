import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  scrypt,
  type DecipherGCM,
} from 'node:crypto';
import { promisify } from 'node:util';
import { DomainError } from '../../domain/errors.js';
import { because } from '../../domain/reasons.js';

type Bytes = AsyncIterable<Uint8Array>;

/** How bytes lie in a vault, and under which names. */
export interface Seal {
  /** What a sealed file has more than what is in it. */
  readonly extraBytes: number;
  nameOf(sha256: string): string;
  seal(source: Bytes, name: string): Bytes;
  /** @throws DomainError when it was changed, cut off, or sealed with another key or under another name */
  open(source: Bytes, name: string): Bytes;
}

/** As it is, named by its content. */
export const UNSEALED: Seal = {
  extraBytes: 0,
  nameOf: (sha256) => sha256,
  seal: (source) => source,
  open: (source) => source,
};

const MAGIC = Buffer.from('TRB1');
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = MAGIC.length + NONCE_BYTES;
const SALT_BYTES = 16;
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** How a vault's keys come from what people know: `salt` in hexadecimal. */
export interface KeySettings {
  cipher: 'aes-256-gcm';
  kdf: 'scrypt';
  salt: string;
}

export const newKeySettings = (): KeySettings => ({
  cipher: 'aes-256-gcm',
  kdf: 'scrypt',
  salt: randomBytes(SALT_BYTES).toString('hex'),
});

const derive = promisify<string, Buffer, number, typeof COST, Buffer>(scrypt);

/**
 * AES-256-GCM: four letters, a random nonce of 12 bytes, the bytes, a tag of 16. The name goes into the tag, so that no file can be put
 * in the place of another; names are keyed too, and say nothing about what is in them.
 * @param secret what people know: a passphrase, or what is in a key file
 */
export async function sealWith(secret: string, { salt }: KeySettings): Promise<Seal> {
  const master = await derive(secret, Buffer.from(salt, 'hex'), 32, COST);
  const part = (use: string): Buffer => Buffer.from(hkdfSync('sha256', master, '', `traum backup ${use}`, 32));
  const [contentKey, nameKey] = [part('content'), part('names')];
  return {
    extraBytes: HEAD_BYTES + TAG_BYTES,
    nameOf: (sha256) => createHmac('sha256', nameKey).update(sha256).digest('hex'),
    async *seal(source, name) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', contentKey, nonce).setAAD(Buffer.from(name));
      yield Buffer.concat([MAGIC, nonce]);
      for await (const chunk of source) yield cipher.update(chunk);
      yield Buffer.concat([cipher.final(), cipher.getAuthTag()]);
    },
    async *open(source, name) {
      let held: Buffer = Buffer.alloc(0);
      let decipher: DecipherGCM | null = null;
      for await (const chunk of source) {
        held = Buffer.concat([held, chunk]);
        if (!decipher) {
          if (held.length < HEAD_BYTES) continue;
          if (!held.subarray(0, MAGIC.length).equals(MAGIC)) throw notOpened();
          decipher = createDecipheriv('aes-256-gcm', contentKey, held.subarray(MAGIC.length, HEAD_BYTES));
          decipher.setAAD(Buffer.from(name));
          held = held.subarray(HEAD_BYTES);
        }
        // The last bytes are the tag.
        if (held.length <= TAG_BYTES) continue;
        yield decipher.update(held.subarray(0, held.length - TAG_BYTES));
        held = Buffer.from(held.subarray(held.length - TAG_BYTES));
      }
      if (!decipher || held.length !== TAG_BYTES) throw notOpened();
      decipher.setAuthTag(held);
      try {
        const last = decipher.final();
        if (last.length > 0) yield last;
      } catch (error) {
        throw notOpened(error);
      }
    },
  };
}

const notOpened = (cause?: unknown): DomainError =>
  new DomainError('invalid_input', because('backup_file_damaged'), { cause });
