import { countedInPostgres } from '../migration.js';

/** The tables as SQLite's 0018 leaves them. Texts are compared by code point, as there. */
const tables = `
    CREATE TABLE sounds (
      sound_key bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      id text COLLATE "C" NOT NULL UNIQUE,
      sha256 text COLLATE "C" NOT NULL UNIQUE,
      generation integer NOT NULL DEFAULT 1,
      filename text COLLATE "C" NOT NULL,
      extension text COLLATE "C" NOT NULL,
      size_bytes bigint NOT NULL,
      status text COLLATE "C" NOT NULL DEFAULT 'processing' CHECK (status IN ('processing', 'ready', 'failed')),
      error text COLLATE "C",
      duration_s double precision,
      sample_rate_hz integer,
      channels integer,
      codec text COLLATE "C",
      bit_rate_kbps double precision,
      title text COLLATE "C",
      artist text COLLATE "C",
      album text COLLATE "C",
      genre text COLLATE "C",
      bpm double precision,
      key text COLLATE "C",
      edited text COLLATE "C" NOT NULL DEFAULT '[]',
      title_folded text COLLATE "C" NOT NULL,
      artist_folded text COLLATE "C",
      genre_folded text COLLATE "C",
      key_folded text COLLATE "C",
      created_at text COLLATE "C" NOT NULL,
      updated_at text COLLATE "C" NOT NULL,
      processed_at text COLLATE "C",
      bpm_source text COLLATE "C",
      bpm_confidence double precision,
      key_source text COLLATE "C",
      key_confidence double precision,
      analysis_version integer,
      copy_group bigint,
      hearing text COLLATE "C",
      damaged double precision,
      description text COLLATE "C"
    );
    CREATE INDEX sounds_by_title ON sounds (title_folded, sound_key);
    CREATE INDEX sounds_by_duration ON sounds (duration_s, sound_key);
    CREATE INDEX sounds_by_size ON sounds (size_bytes, sound_key);
    CREATE INDEX sounds_by_bpm ON sounds (bpm, sound_key);
    CREATE INDEX sounds_by_status ON sounds (status);
    CREATE INDEX sounds_by_genre ON sounds (genre_folded);
    CREATE INDEX sounds_by_analysis ON sounds (analysis_version, sound_key);
    CREATE INDEX sounds_by_artist_in_order ON sounds (artist_folded, sound_key);
    CREATE INDEX sounds_by_key_in_order ON sounds (key_folded, sound_key);
    CREATE INDEX sounds_by_time ON sounds (created_at);
    CREATE INDEX sounds_by_copy_group ON sounds (copy_group) WHERE copy_group IS NOT NULL;

    CREATE TABLE tags (
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      source text COLLATE "C" NOT NULL CHECK (source IN ('file', 'auto', 'user')),
      name_folded text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      score double precision,
      PRIMARY KEY (sound_key, source, name_folded)
    );
    CREATE INDEX tags_by_name ON tags (name_folded, sound_key);

    CREATE TABLE rejected_tags (
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      name_folded text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      score double precision,
      PRIMARY KEY (sound_key, name_folded)
    );

    CREATE TABLE auto_tagging (
      sound_key bigint PRIMARY KEY REFERENCES sounds (sound_key) ON DELETE CASCADE,
      stamp text COLLATE "C" NOT NULL,
      processed_at text COLLATE "C" NOT NULL
    );
    CREATE INDEX auto_tagging_by_stamp ON auto_tagging (stamp, sound_key);

    CREATE TABLE sound_artists (
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      position integer NOT NULL,
      name text COLLATE "C" NOT NULL,
      name_folded text COLLATE "C" NOT NULL,
      PRIMARY KEY (sound_key, position)
    );
    CREATE INDEX sound_artists_by_name ON sound_artists (name_folded, sound_key);

    CREATE TABLE peaks (
      sound_key bigint PRIMARY KEY REFERENCES sounds (sound_key) ON DELETE CASCADE,
      bucket_s double precision NOT NULL,
      min_max bytea NOT NULL
    );

    CREATE TABLE prints (
      print_key bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      sound_key bigint NOT NULL UNIQUE REFERENCES sounds (sound_key) ON DELETE CASCADE,
      duration_s double precision NOT NULL,
      spectrum bytea NOT NULL,
      frame_s double precision NOT NULL,
      levels bytea NOT NULL
    );
    CREATE INDEX prints_by_duration ON prints (duration_s, print_key);

    CREATE TABLE segments (
      id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      model_key text COLLATE "C" NOT NULL,
      idx integer NOT NULL,
      start_s double precision NOT NULL,
      end_s double precision NOT NULL,
      vector bytea NOT NULL
    );
    -- Half-precision noise does not compress: no time is spent on trying.
    ALTER TABLE segments ALTER COLUMN vector SET STORAGE EXTERNAL;
    CREATE UNIQUE INDEX segments_by_sound ON segments (sound_key, model_key, idx);
    CREATE INDEX segments_by_model ON segments (model_key);

    CREATE TABLE jobs (
      id text COLLATE "C" PRIMARY KEY,
      kind text COLLATE "C" NOT NULL DEFAULT 'process',
      sound_key bigint REFERENCES sounds (sound_key) ON DELETE CASCADE,
      generation integer,
      subject text COLLATE "C",
      owner text COLLATE "C" NOT NULL DEFAULT 'local',
      state text COLLATE "C" NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'active', 'completed', 'failed', 'cancelled')),
      stage text COLLATE "C" NOT NULL DEFAULT 'waiting',
      progress double precision NOT NULL DEFAULT 0,
      detail text COLLATE "C",
      result text COLLATE "C",
      error text COLLATE "C",
      cancelling integer NOT NULL DEFAULT 0,
      attempts integer NOT NULL DEFAULT 0,
      holder text COLLATE "C",
      held_until text COLLATE "C",
      created_at text COLLATE "C" NOT NULL,
      started_at text COLLATE "C",
      finished_at text COLLATE "C",
      UNIQUE (sound_key, generation),
      CHECK ((kind = 'process') = (sound_key IS NOT NULL AND generation IS NOT NULL))
    );
    CREATE INDEX jobs_by_state ON jobs (state, created_at);
    CREATE INDEX jobs_by_time ON jobs (created_at, id);
    CREATE UNIQUE INDEX jobs_unfinished ON jobs (kind, coalesce(subject, ''))
      WHERE sound_key IS NULL AND state IN ('queued', 'active');

    CREATE TABLE leases (
      name text COLLATE "C" PRIMARY KEY,
      holder text COLLATE "C" NOT NULL,
      held_until text COLLATE "C" NOT NULL
    );

    CREATE TABLE settings (
      name text COLLATE "C" PRIMARY KEY,
      value text COLLATE "C" NOT NULL
    );

    CREATE TABLE model_switch (
      only_one integer PRIMARY KEY CHECK (only_one = 1),
      target_id text COLLATE "C" NOT NULL,
      target_key text COLLATE "C",
      state text COLLATE "C" NOT NULL CHECK (state IN ('running', 'paused', 'failed')),
      error text COLLATE "C"
    );

    CREATE TABLE embed_jobs (
      id text COLLATE "C" PRIMARY KEY,
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      model_key text COLLATE "C" NOT NULL,
      state text COLLATE "C" NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'active', 'done', 'failed')),
      duration_s double precision NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      error text COLLATE "C"
    );
    CREATE INDEX embed_jobs_by_state ON embed_jobs (state, duration_s);
    CREATE INDEX embed_jobs_by_sound ON embed_jobs (sound_key);

    CREATE TABLE search_log (
      id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      query text COLLATE "C" NOT NULL,
      query_folded text COLLATE "C" NOT NULL,
      mode text COLLATE "C" NOT NULL,
      result_count integer NOT NULL,
      took_ms double precision NOT NULL,
      top_score double precision,
      created_at text COLLATE "C" NOT NULL
    );
    CREATE INDEX search_log_by_query ON search_log (query_folded, id);
    CREATE INDEX search_log_by_time ON search_log (created_at);

    CREATE TABLE play_log (
      id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      created_at text COLLATE "C" NOT NULL
    );
    CREATE INDEX play_log_by_sound ON play_log (sound_key, created_at);
    CREATE INDEX play_log_by_time ON play_log (created_at, sound_key);

    CREATE TABLE collections (
      collection_key bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      id text COLLATE "C" NOT NULL UNIQUE,
      name text COLLATE "C" NOT NULL,
      name_folded text COLLATE "C" NOT NULL UNIQUE,
      description text COLLATE "C",
      created_at text COLLATE "C" NOT NULL,
      updated_at text COLLATE "C" NOT NULL
    );
    CREATE TABLE collection_sounds (
      collection_key bigint NOT NULL REFERENCES collections (collection_key) ON DELETE CASCADE,
      sound_key bigint NOT NULL REFERENCES sounds (sound_key) ON DELETE CASCADE,
      position integer NOT NULL,
      PRIMARY KEY (collection_key, sound_key)
    );
    CREATE INDEX collection_sounds_in_order ON collection_sounds (collection_key, position);
    CREATE INDEX collection_sounds_by_sound ON collection_sounds (sound_key);

    CREATE TABLE folders (
      id text COLLATE "C" PRIMARY KEY,
      path text COLLATE "C" NOT NULL UNIQUE,
      watch integer NOT NULL,
      recursive integer NOT NULL,
      created_at text COLLATE "C" NOT NULL,
      scanned_at text COLLATE "C",
      pending integer NOT NULL DEFAULT 1,
      error text COLLATE "C"
    );
    CREATE TABLE folder_files (
      folder_id text COLLATE "C" NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
      path text COLLATE "C" NOT NULL,
      size_bytes bigint NOT NULL,
      modified_ms double precision NOT NULL,
      outcome text COLLATE "C" NOT NULL CHECK (outcome IN ('imported', 'duplicate', 'rejected')),
      reason text COLLATE "C",
      sound_id text COLLATE "C",
      PRIMARY KEY (folder_id, path)
    );
    CREATE INDEX folder_files_by_outcome ON folder_files (folder_id, outcome, path);

    CREATE TABLE bin (
      sound_key bigint PRIMARY KEY REFERENCES sounds (sound_key) ON DELETE CASCADE,
      deleted_at text COLLATE "C" NOT NULL
    );
    CREATE INDEX bin_by_time ON bin (deleted_at, sound_key);
    CREATE TABLE leftovers (
      sha256 text COLLATE "C" PRIMARY KEY,
      since text COLLATE "C" NOT NULL
    );`;

/**
 * The keyword index: each word of a sound with its places, once as it is and once marked with its column, so that one index
 * serves all columns and each of them. `known_words` only grows; words are looked up there by their letters.
 */
const words = `
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE TABLE sound_words (
      words_of bigint PRIMARY KEY REFERENCES sounds (sound_key) ON DELETE CASCADE,
      title_words text COLLATE "C" NOT NULL,
      filename_words text COLLATE "C" NOT NULL,
      word_count integer NOT NULL,
      words tsvector NOT NULL
    );
    CREATE INDEX sound_words_by_word ON sound_words USING gin (words);
    CREATE TABLE known_words (word text COLLATE "C" PRIMARY KEY);
    CREATE INDEX known_words_by_letters ON known_words USING gin (word gin_trgm_ops);`;

/**
 * The number of changes is a sum over rows of which each connection counts in one: transactions do not wait for each other, and
 * whichever is committed makes the sum another.
 */
const counter = `
    CREATE TABLE library_changes (slot integer PRIMARY KEY, number bigint NOT NULL) WITH (fillfactor = 50);
    INSERT INTO library_changes (slot, number) SELECT slot, 0 FROM generate_series(0, 255) AS slot;
    CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM changed) THEN
        UPDATE library_changes SET number = number + 1 WHERE slot = pg_backend_pid() % 256;
      END IF;
      RETURN NULL;
    END $$;
    ${['sounds', 'tags', 'segments', 'collections', 'collection_sounds', 'bin'].map(countedInPostgres).join('')}`;

/**
 * The log that indexes follow. A line has no number (seq) until its transaction is over: transactions end in another order than
 * they begin in, and who has read up to a number must not miss one that comes below it later. Who reads has the lines numbered
 * first, one at a time. As in SQLite, the line of an arrival leaves with its segment.
 */
const log = `
    CREATE TABLE index_changes (
      line bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
      seq bigint UNIQUE,
      op text COLLATE "C" NOT NULL CHECK (op IN ('add', 'remove')),
      segment_id bigint NOT NULL
    );
    CREATE INDEX index_changes_by_segment ON index_changes (segment_id);
    CREATE INDEX index_changes_without_number ON index_changes (line) WHERE seq IS NULL;
    CREATE SEQUENCE index_numbers;
    CREATE FUNCTION number_index_changes() RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT EXISTS (SELECT 1 FROM index_changes WHERE seq IS NULL) THEN
        RETURN;
      END IF;
      PERFORM pg_advisory_xact_lock(hashtext('traum.index_numbers'));
      UPDATE index_changes SET seq = numbered.seq
        FROM (SELECT line, nextval('index_numbers') AS seq
              FROM (SELECT line FROM index_changes WHERE seq IS NULL ORDER BY line) AS waiting) AS numbered
        WHERE index_changes.line = numbered.line;
    END $$;

    CREATE FUNCTION segments_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO index_changes (op, segment_id) SELECT 'add', id FROM changed ORDER BY id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER segments_added AFTER INSERT ON segments
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_added();
    CREATE FUNCTION segments_removed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM index_changes WHERE segment_id IN (SELECT id FROM changed);
      INSERT INTO index_changes (op, segment_id) SELECT 'remove', id FROM changed ORDER BY id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER segments_removed AFTER DELETE ON segments
      REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION segments_removed();

    CREATE FUNCTION bin_added() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM sound_words WHERE words_of = new.sound_key;
      DELETE FROM embed_jobs WHERE sound_key = new.sound_key;
      DELETE FROM index_changes WHERE segment_id IN (SELECT id FROM segments WHERE sound_key = new.sound_key);
      INSERT INTO index_changes (op, segment_id) SELECT 'remove', id FROM segments WHERE sound_key = new.sound_key ORDER BY id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER bin_added AFTER INSERT ON bin FOR EACH ROW EXECUTE FUNCTION bin_added();

    CREATE FUNCTION sounds_left() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO leftovers (sha256, since)
        VALUES (old.sha256, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        ON CONFLICT (sha256) DO UPDATE SET since = excluded.since;
      RETURN NULL;
    END $$;
    CREATE TRIGGER sounds_left AFTER DELETE ON sounds FOR EACH ROW EXECUTE FUNCTION sounds_left();`;

/** Made again after every step: a view keeps the columns that there were when it was made. */
export const LIBRARY = `CREATE OR REPLACE VIEW library AS
  SELECT * FROM sounds WHERE NOT EXISTS (SELECT 1 FROM bin WHERE bin.sound_key = sounds.sound_key)`;

export const beginning = { name: '0018-beginning', postgres: tables + words + counter + log };
