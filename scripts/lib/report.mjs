// What a person sees while the scripts work: one line per step, and a clear last line when something cannot go on.

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
export const dim = paint('2');
export const bold = paint('1');
export const red = paint('31');
export const green = paint('32');

/** An error whose message is all that a person needs: the scripts print it without a stack and exit with 1. */
export class Stop extends Error {}

/** @param {string} text */
export const say = (text) => process.stdout.write(`${text}\n`);

const STILL_MS = 20_000;

/**
 * Runs one step and says how long it took, and while it takes long that it goes on.
 * @template T
 * @param {string} title what is being done and, where it is slow, why
 * @param {() => T | Promise<T>} work
 * @param {{ doing?: () => string, stillMs?: number, tell?: (line: string) => void }} [more] `doing`: how far it is, in a few words
 * @returns {Promise<T>}
 */
export async function step(title, work, { doing, stillMs = STILL_MS, tell = say } = {}) {
  const started = Date.now();
  tell(`${dim('•')} ${title} …`);
  const still = setInterval(() => {
    const far = doing?.() ?? '';
    tell(dim(`  … goes on after ${seconds(Date.now() - started)}${far && `: ${far}`}`));
  }, stillMs);
  let result;
  try {
    result = await work();
  } finally {
    clearInterval(still);
  }
  tell(`${green('✓')} ${title} ${dim(`(${seconds(Date.now() - started)})`)}`);
  return result;
}

/** @param {number} ms */
export const seconds = (ms) => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);

/**
 * Runs a script's main function; a `Stop` becomes one readable message, anything else shows its stack.
 * @param {() => Promise<unknown>} main may return an exit code
 */
export async function runMain(main) {
  try {
    const code = await main();
    if (typeof code === 'number') process.exitCode = code;
  } catch (error) {
    process.stderr.write(`\n${red('✗')} ${error instanceof Stop ? error.message : (error?.stack ?? error)}\n`);
    process.exitCode = 1;
  }
}
