import path from 'node:path';
import { z } from 'zod';

const emptyIsUnset = (value: unknown): unknown => (value === '' ? undefined : value);
const env = <T extends z.ZodType>(schema: T) => z.preprocess(emptyIsUnset, schema);

const splitList = (list: string): string[] =>
  list
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);

const schema = z.object({
  PORT: env(z.coerce.number().int().min(0).max(65535).default(8000)),
  HOST: env(z.string().default('127.0.0.1')),
  DATA_DIR: env(z.string().default('./data')),
  MODELS_DIR: env(z.string().default('./models')),
  REDIS_URL: env(
    z
      .string()
      .regex(/^(rediss?:\/\/.+|unix:\/\/\/.+)$/, 'must look like redis://host:6379 or unix:///path/to/redis.sock')
      .optional(),
  ),
  MODEL: env(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'must be a model id such as compact-clap')
      .default('compact-clap'),
  ),
  HF_ENDPOINT: env(
    z
      .string()
      .regex(/^https?:\/\/[^/].*$/, 'must look like https://huggingface.co')
      .default('https://huggingface.co'),
  ),
  EXECUTION_PROVIDER: env(z.enum(['auto', 'cpu', 'cuda', 'coreml', 'dml']).default('auto')),
  IMPORT_DIRS: env(
    z
      .string()
      .default('')
      .transform((list) => splitList(list))
      .refine((list) => list.every((folder) => path.isAbsolute(folder)), 'must be whole paths, separated by commas'),
  ),
  INDEX_EXACT_UP_TO: env(z.coerce.number().int().min(0).default(1_000_000)),
  MAX_UPLOAD_MB: env(z.coerce.number().positive().max(1_000_000).default(2048)),
  MAX_DURATION_H: env(z.coerce.number().positive().max(1000).default(12)),
  WORKER_CONCURRENCY: env(z.coerce.number().int().min(1).max(64).default(2)),
  USAGE_DAYS: env(z.coerce.number().int().min(0).max(36_500).default(365)),
  MODEL_IDLE_MINUTES: env(z.coerce.number().min(0).max(10_000).default(10)),
  AUTH: env(
    z
      .string()
      .regex(/^[^:]+:.{8,}$/, 'must be user:password with a password of at least 8 characters')
      .optional(),
  ),
  CORS_ORIGINS: env(
    z
      .string()
      .default('')
      .transform((list) => splitList(list)),
  ),
  LOG_LEVEL: env(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info')),
  STATIC_DIR: env(z.string().optional()),
});

/** Where Redis is: a URL, or the socket of a private server. */
export type RedisConnection = { url: string } | { socketPath: string };

const redisConnection = (url: string): RedisConnection =>
  url.startsWith('unix://') ? { socketPath: url.slice('unix://'.length) } : { url };

/** The inverse of what `REDIS_URL` is parsed to; for handing a connection to a child process. */
export const redisUrlOf = (connection: RedisConnection): string =>
  'url' in connection ? connection.url : `unix://${connection.socketPath}`;

/** All settings of a process, validated, with absolute paths. */
export type Config = Readonly<ReturnType<typeof loadConfig>>;

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings from environment variables (see `.env.example`).
 * @throws ConfigError listing every bad variable, for a person to read.
 */
export function loadConfig(source: NodeJS.ProcessEnv = process.env) {
  const parsed = schema.safeParse(source);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(
      `These settings are not usable:\n${lines.join('\n')}\nSee .env.example for what each one takes.`,
    );
  }
  const value = parsed.data;
  const dataDir = path.resolve(value.DATA_DIR);
  return Object.freeze({
    port: value.PORT,
    host: value.HOST,
    dataDir,
    databasePath: path.join(dataDir, 'traum.db'),
    audioDir: path.join(dataDir, 'audio'),
    indexDir: path.join(dataDir, 'index'),
    backupDir: path.join(dataDir, 'backup'),
    cacheDir: path.join(dataDir, 'cache'),
    redisDir: path.join(dataDir, 'redis'),
    modelsDir: path.resolve(value.MODELS_DIR),
    keptModelsDir: path.join(dataDir, 'models'),
    redis: value.REDIS_URL ? redisConnection(value.REDIS_URL) : null,
    model: value.MODEL,
    hubEndpoint: value.HF_ENDPOINT,
    executionProvider: value.EXECUTION_PROVIDER,
    importDirs: value.IMPORT_DIRS.map((folder) => path.resolve(folder)),
    /** Segments up to which every search compares with all of them. */
    indexExactUpTo: value.INDEX_EXACT_UP_TO,
    maxUploadBytes: Math.round(value.MAX_UPLOAD_MB * 1024 * 1024),
    maxDurationS: value.MAX_DURATION_H * 3600,
    workerConcurrency: value.WORKER_CONCURRENCY,
    usageDays: value.USAGE_DAYS,
    /** 0: never. */
    idleUnloadMs: value.MODEL_IDLE_MINUTES * 60_000,
    auth: value.AUTH ?? null,
    corsOrigins: value.CORS_ORIGINS,
    logLevel: value.LOG_LEVEL,
    /** What a child process of ours inherits. */
    childEnvironment: Object.freeze({ ...source }),
    staticDir: value.STATIC_DIR ? path.resolve(value.STATIC_DIR) : null,
  });
}
