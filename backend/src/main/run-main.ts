import { openTracing, type Tracing } from '../composition/tracing.js';
import { ConfigError, loadConfig, type Config } from '../config.js';
import { createLogger, type Logger } from '../observability/logger.js';
import { startProblem } from './start-problem.js';

/** Something that runs until it is told to stop. */
export interface Running {
  stop(): Promise<void>;
}

type Start = (config: Config, logger: Logger, tracing: Tracing | null) => Promise<Running>;

/** How long a clean stop may take before the process leaves anyway. */
const STOP_TIMEOUT_MS = 20_000;

/**
 * Runs an entry point: reads the settings, starts it, and stops it once on SIGINT, SIGTERM or a lost parent process.
 * A reason a person can act on is printed as one line with exit code 1; anything else is logged with its stack.
 */
export function runMain(name: string, start: Start): void {
  // ONNX Runtime reports its use to its makers unless told not to. Nothing leaves this machine; must be set before it loads.
  process.env.ORT_DISABLE_TELEMETRY = '1';
  // What is in the library is nobody else's business on this machine. Child processes inherit it.
  process.umask(0o077);
  void main(name, start);
}

async function main(name: string, start: Start): Promise<void> {
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  const tracing = await openTracing(config, name, createLogger(config.logLevel, name));
  const logger = createLogger(config.logLevel, name, tracing?.ids);
  let running: Running | undefined;
  let stopping = false;

  const stop = async (reason: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.debug({ reason }, 'stopping');
    const deadline = setTimeout(() => {
      logger.error('could not stop cleanly in time');
      process.exit(1);
    }, STOP_TIMEOUT_MS);
    deadline.unref();
    // A signal during the start waits for the start to finish, so that nothing started is left behind.
    await starting.catch(() => undefined);
    try {
      await running?.stop();
      await tracing?.close();
    } catch (error) {
      logger.error({ err: error }, 'stopping failed');
      process.exit(1);
    }
    process.exit(0);
  };
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('disconnect', () => void stop('parent process ended'));
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'unhandled rejection');
    process.exitCode = 1;
    void stop('unhandled rejection');
  });

  const starting = start(config, logger, tracing).then((value) => {
    running = value;
  });
  // Whoever started this one may have ended before anybody listened for it.
  if (process.connected === false) void stop('parent process ended');
  try {
    await starting;
  } catch (error) {
    if (stopping) return;
    const told = startProblem(error, config);
    if (told !== null) {
      logger.debug({ err: error }, 'could not start');
      process.stderr.write(`${told}\n`);
    } else logger.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
}
