import { SUPPORTED_FORMATS } from '../audio/formats.js';
import type { Config } from '../config.js';
import { MAX_TAGS, MIN_CONFIDENCE } from '../domain/tagging/scoring.js';
import type { ServerSettings } from '../http/deps.js';
import { wayInOf } from '../http/way-in.js';

/** What is configured, as people may read it. */
export function settingsOf(config: Config): ServerSettings {
  return {
    workerConcurrency: { value: config.workerConcurrency, variable: 'WORKER_CONCURRENCY' },
    maxUploadBytes: { value: config.maxUploadBytes, variable: 'MAX_UPLOAD_MB' },
    maxDurationS: { value: config.maxDurationS, variable: 'MAX_DURATION_H' },
    executionProvider: { value: config.executionProvider, variable: 'EXECUTION_PROVIDER' },
    idleUnloadS: { value: config.idleUnloadMs / 1000, variable: 'MODEL_IDLE_MINUTES' },
    binDays: { value: config.binDays, variable: 'BIN_DAYS' },
    usageDays: { value: config.usageDays, variable: 'USAGE_DAYS' },
    hubEndpoint: { value: shownEndpoint(config.hubEndpoint), variable: 'HF_ENDPOINT' },
    access: { value: wayInOf(config), variable: 'AUTH' },
    openToNetwork: wayInOf(config) === 'open' && config.reachable,
    logLevel: { value: config.logLevel, variable: 'LOG_LEVEL' },
    maxTags: { value: MAX_TAGS, variable: null },
    minTagConfidence: { value: MIN_CONFIDENCE, variable: null },
    formats: SUPPORTED_FORMATS.split(', '),
  };
}

/** Without what opens it: a user name and password, or a token among the parameters. */
function shownEndpoint(endpoint: string): string {
  const { origin, pathname } = new URL(endpoint);
  return `${origin}${pathname.replace(/\/$/, '')}`;
}
