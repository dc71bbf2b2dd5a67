import { sql as raw, type RawBuilder } from 'kysely';

/** For tables with the key of a sound: those that are not in the bin. */
export const IN_LIBRARY: RawBuilder<boolean> = raw`sound_key NOT IN (SELECT sound_key FROM bin)`;
