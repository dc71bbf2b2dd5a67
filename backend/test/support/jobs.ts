import { openDatabase, SqlJobStore, storageOver, type Database } from '../../src/adapters/sql/index.js';
import type { EventLog, EventSink } from '../../src/domain/events.js';
import { JobsService } from '../../src/domain/jobs/jobs.service.js';
import type { Log } from '../../src/domain/log.js';
import { MemoryEvents } from './memory-events.js';

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The jobs of one process over a database (one in memory without it); not started, so that nothing is done by the clock. */
export const testJobs = (
  db: Database = openDatabase(':memory:'),
  events: EventSink & Pick<EventLog, 'subscribe'> = new MemoryEvents(),
  timing?: { beatMs: number; holdMs: number },
): JobsService =>
  new JobsService({
    store: new SqlJobStore(storageOver(db)),
    seen: (viewer) => new SqlJobStore(storageOver(db), viewer),
    events,
    logger: silent,
    ...(timing ? { timing } : {}),
  });
