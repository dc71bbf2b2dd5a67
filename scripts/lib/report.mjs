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

/**
 * Runs one step and says how long it took.
 * @template T
 * @param {string} title what is being done and, where it is slow, why
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const started = Date.now();
  say(`${dim('•')} ${title} …`);
  const result = await work();
  say(`${green('✓')} ${title} ${dim(`(${seconds(Date.now() - started)})`)}`);
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
