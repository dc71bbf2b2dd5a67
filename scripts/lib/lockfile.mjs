/**
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, devOptional?: boolean, resolved?: string,
 *   dependencies?: Record<string, string>, optionalDependencies?: Record<string, string> }} Entry
 * @typedef {{ packages: Record<string, Entry> }} Lockfile
 */

/**
 * Whether an installation has what a lockfile asks for: the same versions, nothing missing but optional packages
 * (those are for other platforms), nothing that the lockfile does not know.
 * @param {Lockfile} wanted `package-lock.json`
 * @param {Lockfile} installed `node_modules/.package-lock.json`, which npm writes
 */
export function installationMatches(wanted, installed) {
  const complete = Object.entries(wanted.packages).every(([place, entry]) => {
    if (!place.includes('node_modules/')) return true;
    const found = installed.packages[place];
    return found ? sameEntry(entry, found) : Boolean(entry.optional || entry.devOptional);
  });
  return complete && Object.keys(installed.packages).every((place) => place in wanted.packages);
}

/**
 * The folders that an installation fills on every machine.
 * @param {Lockfile} lockfile
 * @returns {string[]}
 */
export const packagesOf = (lockfile) =>
  Object.entries(lockfile.packages)
    .filter(
      ([place, { optional, devOptional, link }]) =>
        place.includes('node_modules/') && !optional && !devOptional && !link,
    )
    .map(([place]) => place);

/**
 * @param {Entry} wanted
 * @param {Entry} found
 */
const sameEntry = (wanted, found) => wanted.version === found.version && Boolean(wanted.link) === Boolean(found.link);

/**
 * Download addresses in a lockfile: they tie an installation to one registry host.
 * @param {Lockfile} lockfile
 * @returns {string[]} the places that have one
 */
export const registryAddresses = (lockfile) =>
  Object.entries(lockfile.packages)
    .filter(([, entry]) => entry.resolved && !entry.link)
    .map(([place]) => place);

/**
 * Packages that others need, also those for other platforms, but that a lockfile does not have. `npm ci` refuses such
 * a lockfile; it comes about when the registry did not have a package on the day of `npm install`. What optional
 * packages lack is no matter: npm then leaves them out.
 * @param {Lockfile} lockfile
 * @returns {string[]} `needed (by place)`
 */
export function missingPackages(lockfile) {
  return Object.entries(lockfile.packages)
    .filter(([, entry]) => !entry.optional)
    .flatMap(([place, entry]) =>
      Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
        .filter((name) => !isFound(lockfile, place, name))
        .map((name) => `${name} (by ${place || 'the root'})`),
    );
}

/** As Node looks for packages: beside the one that needs it, then in every folder above. */
function isFound(lockfile, place, name) {
  for (let folder = place; ; folder = parentOf(folder)) {
    if (`${folder ? `${folder}/` : ''}node_modules/${name}` in lockfile.packages) return true;
    if (folder === '') return false;
  }
}

const parentOf = (folder) => folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
