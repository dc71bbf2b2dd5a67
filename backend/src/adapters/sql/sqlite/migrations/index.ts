import { library } from './0001-library.js';
import { segments } from './0002-segments.js';
import { search } from './0003-search.js';
import { models } from './0004-models.js';
import { tagging } from './0005-tagging.js';
import { analysis } from './0006-analysis.js';
import { collections } from './0007-collections.js';
import { folders } from './0008-folders.js';
import { plays } from './0009-plays.js';
import { copies } from './0011-copies.js';
import { hearing } from './0012-hearing.js';
import { descriptions } from './0013-descriptions.js';
import { changes } from './0015-changes.js';
import { bin } from './0016-bin.js';
import { jobs } from './0018-jobs.js';
import { accounts } from './0020-accounts.js';
import { audit } from './0025-audit.js';
import { facts } from './0033-facts.js';
import { rights } from './0036-rights.js';
import { auditSubjects } from './0039-audit-subjects.js';
import { savedViews } from './0042-saved-views.js';
import { colours } from './0043-colours.js';
import { orphans } from './0044-orphans.js';
import { deletedCollections } from './0047-deleted-collections.js';
import { bits } from './0048-bits.js';
import { recorded } from './0049-recorded.js';
import { identities } from './0040-identities.js';
import { inPlace } from './0032-in-place.js';
import { folderTags } from './0034-folder-tags.js';
import { covers } from './0041-covers.js';
import { links } from './0027-links.js';
import { markers } from './0031-markers.js';
import { descriptors } from './0035-descriptors.js';
import { origins } from './0026-origins.js';
import { owners } from './0028-owners.js';
import { vectorSets } from './0037-vector-sets.js';
import { numbering } from './0038-numbering.js';
import { quotas } from './0029-quotas.js';
import { personal } from './0022-personal.js';
import type { Migration, SharedMigration } from '../../migration.js';

/** Those that PostgreSQL begins after. Never change one that was released. */
const before: readonly Migration[] = [
  library,
  segments,
  search,
  models,
  tagging,
  analysis,
  collections,
  folders,
  plays,
  copies,
  hearing,
  descriptions,
  changes,
  bin,
  jobs,
];

/** Steps of both engines, in order. Never change one that was released. */
export const shared: readonly SharedMigration[] = [
  personal,
  origins,
  accounts,
  audit,
  links,
  markers,
  facts,
  owners,
  auditSubjects,
  identities,
  quotas,
  vectorSets,
  descriptors,
  rights,
  inPlace,
  colours,
  folderTags,
  numbering,
  covers,
  savedViews,
  orphans,
  deletedCollections,
  bits,
  recorded,
];

/** All of SQLite's; a database's `user_version` is the number of those it has seen. */
export const migrations: readonly Migration[] = [...before, ...shared];
