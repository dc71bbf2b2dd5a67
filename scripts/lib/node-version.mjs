// Imported before everything else: must load in any Node that knows ES modules.

const floor = [20, 19, 0];

/**
 * @param {string} version such as `20.19.1`
 * @returns {string | null} what is wrong, for a person, or null
 */
export function nodeProblem(version) {
  const parts = version.split('.').map(Number);
  for (let i = 0; i < floor.length; i++) {
    const difference = (parts[i] || 0) - floor[i];
    if (difference > 0) return null;
    if (difference < 0) {
      return `Traum-Engine needs Node.js ${floor.slice(0, 2).join('.')} or newer; this is ${version}. Get it from https://nodejs.org or with a version manager such as nvm.`;
    }
  }
  return null;
}

const problem = nodeProblem(process.versions.node);
if (problem) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
