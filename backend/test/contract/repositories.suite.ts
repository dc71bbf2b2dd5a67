import { describe } from 'vitest';
import { binSuite } from './bin.suite.js';
import { catalogueSuite } from './catalogue.suite.js';
import { collectionSuite } from './collections.suite.js';
import type { Engine } from './engines.js';
import { jobStoreSuite } from './jobs.suite.js';
import { keywordSuite } from './keywords.suite.js';
import { libraryListSuite } from './library.suite.js';
import { linkSuite } from './links.suite.js';
import { markerSuite } from './markers.suite.js';
import { searchLogSuite } from './search-log.suite.js';
import { segmentSuite } from './segments.suite.js';
import { soundJobSuite } from './sound-jobs.suite.js';
import { tagSuite } from './tags.suite.js';

/** What every set of repositories does. Another database needs one line: `repositorySuites(itsEngine)`. */
export function repositorySuites(engine: Engine): void {
  const suites = {
    'sounds and their jobs': soundJobSuite,
    'the library': libraryListSuite,
    'the change log': segmentSuite,
    words: keywordSuite,
    markers: markerSuite,
    searches: searchLogSuite,
    collections: collectionSuite,
    'artists, albums and covers': catalogueSuite,
    'the bin': binSuite,
    tags: tagSuite,
    'long work': jobStoreSuite,
    'links, and the record': linkSuite,
  };
  // Apart, so that each opens libraries for its own tests alone.
  for (const [name, suite] of Object.entries(suites)) describe(name, () => suite(engine));
}
