import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { address, env, isHttpUrl, number, oneOf, whole, wholeOrNone } from './config-fields.js';
import { ROLES, type Role } from './domain/accounts/accounts.types.js';
import { REDIS_FORMS, redisAddress, type RedisAddress } from './redis-address.js';

const splitList = (list: string): string[] =>
  list
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);

const list = env(
  z
    .string()
    .default('')
    .transform((text) => splitList(text)),
);

/** `nas.local`, `*.example.org`, `192.168.1.5`, `[::1]`; a port is of no consequence. */
const hostName = (entry: string): string =>
  entry
    .toLowerCase()
    .replace(/:\d+$/, (port) => (isIP(entry) === 6 ? port : ''))
    .replace(/^\[|\]$/g, '');
const isHostName = (name: string): boolean => isIP(name) !== 0 || /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(name);

/** Of four numbers with dots, those that are no address are no name either. */
const isListenable = (host: string): boolean =>
  isIP(host) !== 0 || (!/^[\d.]+$/.test(host) && !host.startsWith('*') && isHostName(host.toLowerCase()));

const endpoint = (example: string) => env(address(example).optional());

/** As a browser says it of a page, letter by letter; `*`: all of them. Programs made of pages have schemes of their own. */
const isOrigin = (entry: string): boolean => {
  if (!/^https?:/i.test(entry)) return entry === '*' || /^[a-z][a-z\d+.-]*:\/\/[^/?#\s]+$/.test(entry);
  return URL.canParse(entry) && new URL(entry).origin === entry;
};

const endpoints = (message: string) => list.refine((urls) => urls.every(isHttpUrl), message);

const isAddressOrRange = (entry: string): boolean => {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits ?? 0) <= (version === 4 ? 32 : 128);
};

/** `7d,4w,6m`: how many days, weeks and months back a backup stays. */
const retention = env(
  z
    .string()
    .default('7d,4w,6m')
    .refine((text) => splitList(text).every((part) => /^\d{1,4}[dwm]$/.test(part)), 'must look like 7d,4w,6m')
    .transform((text) => {
      const count = (unit: string): number =>
        Number(
          splitList(text)
            .find((part) => part.endsWith(unit))
            ?.slice(0, -1) ?? 0,
        );
      return { days: count('d'), weeks: count('w'), months: count('m') };
    }),
);

/** A number says how many proxies stand in front, a list which addresses they have. */
const trustedProxies = env(
  z
    .string()
    .default('0')
    .transform((text) => (/^\d$/.test(text.trim()) ? { hops: Number(text) } : { ranges: splitList(text) }))
    .refine(
      (trusted) => 'hops' in trusted || trusted.ranges.every(isAddressOrRange),
      'must be the number of proxies in front (0 to 9), or their addresses such as 10.0.0.2,172.18.0.0/16',
    ),
);

const roleOrNone = oneOf([...ROLES, 'none'], 'viewer').transform((role) => (role === 'none' ? null : role));

/** `admin=bosses,editor=cutters`: which value of the claim makes somebody what, the highest first. */
const rolesByClaim = list.transform((entries, context) => {
  const roles = entries.map((entry): { role: Role; value: string } => {
    const [, role = '', value = ''] = /^(\w+)\s*=\s*(.+)$/.exec(entry) ?? [];
    if (!(ROLES as readonly string[]).includes(role)) {
      context.addIssue({ code: 'custom', message: 'must look like admin=bosses,editor=cutters' });
    }
    return { role: role as Role, value };
  });
  return roles.sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
});

/** Requests in a minute; 0: as many as they like. */
const perMinute = (most: number) => whole(most, { from: 0, to: 1_000_000 });

const otlpProtocol = env(
  z
    .enum(['http/protobuf', 'http/json'], {
      message:
        'must be http/protobuf or http/json; receivers take both on port 4318 as a rule, grpc is not spoken here',
    })
    .optional(),
);

const schema = z.object({
  PORT: whole(8000, { from: 1, to: 65_535, or: [0, 'any free one'] }),
  HOST: env(
    z
      .string()
      .refine(isListenable, 'must be an address or a name of this machine, such as 127.0.0.1, 0.0.0.0 or nas.local')
      .default('127.0.0.1'),
  ),
  DATA_DIR: env(z.string().default('./data')),
  MODELS_DIR: env(z.string().default('./models')),
  REDIS_URL: env(
    z
      .string()
      .refine((url) => redisAddress(url) !== null, REDIS_FORMS)
      .optional(),
  ),
  REDIS_PREFIX: env(
    z
      .string()
      .regex(/^[a-zA-Z0-9_.-]{1,60}$/, 'takes letters, digits, and _ . -')
      .default('traum'),
  ),
  SERVER_URL: endpoint('https://sound.example.org'),
  SERVER_KEY: env(z.string().optional()),
  DATABASE_URL: env(
    z
      .string()
      .regex(/^postgres(ql)?:\/\/.+$/, 'must look like postgres://user:password@host:5432/traum')
      .optional(),
  ),
  VECTORS: oneOf(['memory', 'pgvector', 'weaviate'], 'memory'),
  VECTOR_URL: endpoints('must look like http://weaviate.local:8080, several with commas'),
  VECTOR_GRPC_URL: endpoints('must look like http://weaviate.local:50051, several with commas'),
  VECTOR_KEY: env(z.string().optional()),
  VECTOR_CONSISTENCY: oneOf(['one', 'quorum', 'all'], 'quorum'),
  VECTOR_SHARDS: wholeOrNone({ from: 1, to: 1000 }),
  VECTOR_REPLICAS: whole(1, { from: 1, to: 100 }),
  DATABASE_CONNECTIONS: whole(10, { from: 2, to: 1000 }),
  STORAGE_URL: env(
    z
      .string()
      .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/.*)?$/, 'must look like s3://bucket or s3://bucket/folder')
      .optional(),
  ),
  S3_ENDPOINT: endpoint('http://storage.local:9000'),
  S3_PUBLIC_ENDPOINT: endpoint('https://storage.example.org'),
  S3_CACHE_MB: number(4096, { from: 0, to: 100_000_000 }),
  S3_LINK_S: whole(0, { from: 0, to: 604_800 }),
  AWS_REGION: env(z.string().default('us-east-1')),
  AWS_ACCESS_KEY_ID: env(z.string().optional()),
  AWS_SECRET_ACCESS_KEY: env(z.string().optional()),
  AWS_SESSION_TOKEN: env(z.string().optional()),
  MODEL: env(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'must be a model id such as compact-clap')
      .default('compact-clap'),
  ),
  HF_ENDPOINT: env(address('https://huggingface.co').default('https://huggingface.co')),
  EXECUTION_PROVIDER: oneOf(['auto', 'cpu', 'cuda', 'coreml', 'dml'], 'auto'),
  IMPORT_DIRS: env(
    z
      .string()
      .default('')
      .transform((list) => splitList(list))
      .refine((list) => list.every((folder) => path.isAbsolute(folder)), 'must be whole paths, separated by commas'),
  ),
  INDEX_EXACT_UP_TO: whole(1_000_000, { from: 0 }),
  MAX_UPLOAD_MB: number(2048, { above: 0, to: 1_000_000 }),
  MAX_WAITING: whole(100_000, { from: 0, to: 100_000_000 }),
  MAX_DURATION_H: number(12, { above: 0, to: 1000 }),
  WORKER_CONCURRENCY: whole(2, { from: 1, to: 64 }),
  MISSING_DAYS: whole(30, { from: 0, to: 36_500 }),
  BIN_DAYS: whole(30, { from: 0, to: 36_500 }),
  USAGE_DAYS: whole(365, { from: 0, to: 36_500 }),
  BACKUP_DIR: env(
    z
      .string()
      .refine((folder) => path.isAbsolute(folder), 'must be a whole path')
      .optional(),
  ),
  BACKUP_EVERY_H: number(24, { from: 0, to: 8_760 }),
  BACKUP_KEEP: retention,
  BACKUP_KEY: env(z.string().min(12, 'must have at least 12 characters').optional()),
  BACKUP_KEY_FILE: env(z.string().optional()),
  AUDIT_DAYS: whole(365, { from: 0, to: 36_500 }),
  MODEL_IDLE_MINUTES: number(10, { from: 0, to: 10_000 }),
  AUTH: env(
    z
      .string()
      .regex(
        /^(?:auto|required|off|[^:]+:.{8,})$/,
        'must be auto, required, off, or user:password with a password of at least 8 characters',
      )
      .default('auto'),
  ),
  ALLOW_ANONYMOUS: oneOf(['0', '1'], '0'),
  ALLOWED_HOSTS: list
    .transform((names) => names.map(hostName))
    .refine((names) => names.every(isHostName), 'must be host names such as nas.local or *.example.org'),
  TRUSTED_PROXIES: trustedProxies,
  AUTH_PROXY_HEADER: env(
    z
      .string()
      .regex(/^[a-z0-9-]{1,60}$/i, 'must be the name of a header such as X-Forwarded-User')
      .refine(
        (name) => !/^(?:host|cookie|authorization|x-forwarded-(?:for|proto|host))$/i.test(name),
        'has another use',
      )
      .optional(),
  ),
  AUTH_PROXY_ROLE: roleOrNone,
  OIDC_ISSUER: endpoint('https://login.example.org/realms/studio'),
  OIDC_CLIENT_ID: env(z.string().optional()),
  OIDC_CLIENT_SECRET: env(z.string().optional()),
  OIDC_NAME: env(z.string().max(40, 'must have at most 40 characters').default('OpenID Connect')),
  OIDC_SCOPES: env(z.string().default('openid profile email')),
  OIDC_NAME_CLAIM: env(z.string().default('preferred_username')),
  OIDC_ROLE_CLAIM: env(z.string().optional()),
  OIDC_ROLES: rolesByClaim,
  OIDC_DEFAULT_ROLE: roleOrNone,
  OIDC_EMAILS: list.transform((emails) => emails.map((email) => email.toLowerCase())),
  PUBLISHED: list,
  NEW_SOUNDS: oneOf(['public', 'private'], 'public'),
  LIMIT_ADDRESS: perMinute(12_000),
  LIMIT_USER: perMinute(6_000),
  LIMIT_KEY: perMinute(3_000),
  MAX_FOLLOWERS: whole(1000, { from: 1, to: 100_000 }),
  CORS_ORIGINS: list.refine(
    (origins) => origins.every(isOrigin),
    'must be origins as browsers name them, such as https://my.site or http://nas.local:8080: with http:// or https://, without a path',
  ),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
  STATIC_DIR: env(z.string().optional()),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint('http://collector.local:4318'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint('http://collector.local:4318/v1/traces'),
  OTEL_EXPORTER_OTLP_PROTOCOL: otlpProtocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: otlpProtocol,
  OTEL_TRACES_EXPORTER: env(z.string().default('otlp')),
  OTEL_SDK_DISABLED: env(z.string().default('false')),
  OTEL_TRACES_SAMPLER: env(z.string().default('parentbased_always_on')),
  OTEL_TRACES_SAMPLER_ARG: env(z.string().optional()),
});

export type RedisConnection = RedisAddress & {
  /** Before all keys and channels of this installation. */
  prefix: string;
};

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** What a container publishes counts instead of where it listens inside. */
const isReachable = (host: string, published: readonly string[]): boolean =>
  published.length === 0
    ? !isLoopback(host)
    : published.some((address) => !isLoopback(address.replace(/:?\d+$/, '').replace(/^\[|\]$/g, '')));

/**
 * How people come in: with the one password, with accounts, or just so. Unless it is said, whoever is not at this machine needs an
 * account.
 */
function accessOf(auth: string, reachable: boolean, allowAnonymous: boolean) {
  if (auth.includes(':')) return { auth, accounts: false };
  return { auth: null, accounts: auth === 'required' || (auth === 'auto' && reachable && !allowAnonymous) };
}

/** Where the audio files are, if not on the disk. @throws ConfigError when half of a key is missing */
function s3Of(value: z.output<typeof schema>) {
  const { STORAGE_URL: url, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = value;
  if (url === undefined) return null;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    const lacking = accessKeyId === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY';
    throw new ConfigError(`${lacking} is missing: a key of the storage has both parts. Set it.`);
  }
  const { hostname: bucket, pathname } = new URL(url);
  const prefix = decodeURIComponent(pathname).replaceAll(/^\/+|\/+$/g, '');
  const sessionToken = value.AWS_SESSION_TOKEN;
  return {
    bucket,
    prefix: prefix && `${prefix}/`,
    endpoint: value.S3_ENDPOINT ?? null,
    publicEndpoint: value.S3_PUBLIC_ENDPOINT ?? null,
    region: value.AWS_REGION,
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined
        ? null
        : { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    /** Of files that are kept on this machine for programs that read no others. */
    cacheBytes: value.S3_CACHE_MB * 1024 * 1024,
    linkS: value.S3_LINK_S,
  };
}

const GRPC_PORT = '50051';

/** Where Weaviate is, and how it keeps the vectors; null without it. @throws ConfigError when its address is missing */
function weaviateOf(value: z.output<typeof schema>) {
  if (value.VECTORS !== 'weaviate') return null;
  const { VECTOR_URL: urls, VECTOR_GRPC_URL: grpcUrls } = value;
  if (urls.length === 0) {
    throw new ConfigError(
      'VECTORS=weaviate keeps vectors in Weaviate, and VECTOR_URL names none. Set VECTOR_URL=http://host:8080, ' +
        'or leave VECTORS empty: each API then holds them in its memory.',
    );
  }
  if (grpcUrls.length > 0 && grpcUrls.length !== urls.length) {
    throw new ConfigError('VECTOR_GRPC_URL must name as many addresses as VECTOR_URL, in the same order.');
  }
  const nodes = urls.map((url, at) => {
    const [http, grpc] = [new URL(url), new URL(grpcUrls[at] ?? url)];
    if (grpcUrls.length === 0) grpc.port = GRPC_PORT;
    return { http, grpc };
  });
  return {
    nodes,
    key: value.VECTOR_KEY ?? null,
    consistency: value.VECTOR_CONSISTENCY.toUpperCase() as Uppercase<typeof value.VECTOR_CONSISTENCY>,
    collections: { shards: value.VECTOR_SHARDS ?? null, replicas: value.VECTOR_REPLICAS },
  };
}

/** The header by which a proxy names who sits behind it; null without one. @throws ConfigError where it could be made up */
function proxyHeaderOf(value: z.output<typeof schema>, accounts: boolean) {
  const { AUTH_PROXY_HEADER: name, TRUSTED_PROXIES: proxies } = value;
  if (name === undefined) return null;
  if ('hops' in proxies || proxies.ranges.length === 0) {
    throw new ConfigError(
      'AUTH_PROXY_HEADER is believed of a proxy that is known by its address. Set TRUSTED_PROXIES to its address, such as 127.0.0.1.',
    );
  }
  mustHaveAccounts('AUTH_PROXY_HEADER', accounts);
  return { name: name.toLowerCase(), role: value.AUTH_PROXY_ROLE };
}

/** The provider of OpenID Connect; null without one. @throws ConfigError when something of it is missing */
function oidcOf(value: z.output<typeof schema>, accounts: boolean) {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_ROLE_CLAIM: roleClaim = null, OIDC_ROLES: roles } = value;
  if (issuer === undefined) return null;
  if (clientId === undefined)
    throw new ConfigError('OIDC_CLIENT_ID is missing: the provider knows this server by it. Set it.');
  if ((roleClaim === null) !== (roles.length === 0)) {
    throw new ConfigError('OIDC_ROLE_CLAIM and OIDC_ROLES belong together: set both, or none of them.');
  }
  mustHaveAccounts('OIDC_ISSUER', accounts);
  const scopes = value.OIDC_SCOPES.split(/[\s,]+/).filter(Boolean);
  const { OIDC_NAME_CLAIM: nameClaim, OIDC_DEFAULT_ROLE: defaultRole, OIDC_EMAILS: emails } = value;
  return {
    issuer,
    clientId,
    clientSecret: value.OIDC_CLIENT_SECRET ?? null,
    scopes: [...new Set(['openid', ...scopes])].join(' '),
    name: value.OIDC_NAME,
    rules: { nameClaim, roleClaim, roles, defaultRole, emails },
  };
}

function mustHaveAccounts(variable: string, accounts: boolean): void {
  if (!accounts) throw new ConfigError(`${variable} is for people with accounts. Set AUTH=required.`);
}

/** Whether what is to save a folder would be lost with it. */
export const liesIn = (directory: string, folder: string): boolean =>
  directory === folder || directory.startsWith(folder + path.sep);

/** @throws ConfigError when it lies in what it is to save, or that is where our backups do not reach */
function backupDirectory(given: string, dataDir: string, elsewhere: Record<string, string | undefined>): string {
  const variable = Object.keys(elsewhere).find((name) => elsewhere[name] !== undefined);
  if (variable !== undefined) {
    throw new ConfigError(
      `BACKUP_DIR saves a library that is on a disk, and with ${variable} it is not. Leave it empty: pg_dump saves ` +
        'PostgreSQL, and versions or replication a bucket (docs/scaling.md, "Backup").',
    );
  }
  const directory = path.resolve(given);
  if (!liesIn(directory, dataDir)) return directory;
  throw new ConfigError('BACKUP_DIR lies in DATA_DIR, and would be lost with it. Choose a folder on another disk.');
}

/** Where traces go is for the SDK to read; null where nobody wants any. */
function tracingOf(value: z.output<typeof schema>) {
  const to = value.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? value.OTEL_EXPORTER_OTLP_ENDPOINT;
  const isOff = value.OTEL_SDK_DISABLED.toLowerCase() === 'true' || value.OTEL_TRACES_EXPORTER === 'none';
  if (to === undefined || isOff) return null;
  const protocol = value.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? value.OTEL_EXPORTER_OTLP_PROTOCOL;
  return { json: protocol === 'http/json', share: shareOf(value.OTEL_TRACES_SAMPLER, value.OTEL_TRACES_SAMPLER_ARG) };
}

/** Which share of all traces a sampler keeps, for those who begin one elsewhere; how it chooses is for the SDK. */
function shareOf(sampler: string, argument: string | undefined): number {
  if (sampler.endsWith('always_off')) return 0;
  if (!sampler.endsWith('traceidratio') || argument === undefined) return 1;
  const share = Number(argument);
  return share >= 0 && share <= 1 ? share : 1;
}

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
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
    throw new ConfigError(
      `These settings are not usable:\n${lines.join('\n')}\nSee .env.example for what each one takes.`,
    );
  }
  const value = parsed.data;
  const dataDir = path.resolve(value.DATA_DIR);
  if (value.VECTORS === 'pgvector' && value.DATABASE_URL === undefined) {
    throw new ConfigError(
      'VECTORS=pgvector keeps vectors in PostgreSQL, and DATABASE_URL names none. Set DATABASE_URL=postgres://user:password@host:5432/traum, ' +
        'or leave VECTORS empty: each API then holds them in its memory.',
    );
  }
  const elsewhere = { DATABASE_URL: value.DATABASE_URL, STORAGE_URL: value.STORAGE_URL };
  const reachable = isReachable(value.HOST, value.PUBLISHED);
  const access = accessOf(value.AUTH, reachable, value.ALLOW_ANONYMOUS === '1');
  return Object.freeze({
    port: value.PORT,
    host: value.HOST,
    dataDir,
    databasePath: path.join(dataDir, 'traum.db'),
    /** PostgreSQL; null where the library is in one file. */
    postgres: value.DATABASE_URL ? { url: value.DATABASE_URL, connections: value.DATABASE_CONNECTIONS } : null,
    /** Where the vectors are that searches compare: in the memory of each API, in PostgreSQL, or in Weaviate. */
    vectors: value.VECTORS,
    weaviate: weaviateOf(value),
    /** A bucket for the audio files; null where they lie on the disk. */
    s3: s3Of(value),
    audioDir: path.join(dataDir, 'audio'),
    indexDir: path.join(dataDir, 'index'),
    reservePath: path.join(dataDir, 'reserve'),
    backupDir: path.join(dataDir, 'backup'),
    cacheDir: path.join(dataDir, 'cache'),
    redisDir: path.join(dataDir, 'redis'),
    modelsDir: path.resolve(value.MODELS_DIR),
    keptModelsDir: path.join(dataDir, 'models'),
    redis: value.REDIS_URL ? { ...redisAddress(value.REDIS_URL)!, prefix: value.REDIS_PREFIX } : null,
    redisPrefix: value.REDIS_PREFIX,
    /** A worker's: the server that it reaches by HTTP alone. */
    server: value.SERVER_URL ? { url: value.SERVER_URL.replace(/\/+$/, ''), key: value.SERVER_KEY ?? null } : null,
    model: value.MODEL,
    hubEndpoint: value.HF_ENDPOINT,
    executionProvider: value.EXECUTION_PROVIDER,
    importDirs: value.IMPORT_DIRS.map((folder) => path.resolve(folder)),
    /** Segments up to which every search compares with all of them. */
    indexExactUpTo: value.INDEX_EXACT_UP_TO,
    maxUploadBytes: Math.round(value.MAX_UPLOAD_MB * 1024 * 1024),
    /** Sounds that wait, from which on uploads are told to come later; 0: any number. */
    maxWaiting: value.MAX_WAITING,
    maxDurationS: value.MAX_DURATION_H * 3600,
    workerConcurrency: value.WORKER_CONCURRENCY,
    /** How long a sound waits for a file that is gone from its folder; 0: until somebody deletes it. */
    missingDays: value.MISSING_DAYS,
    binDays: value.BIN_DAYS,
    usageDays: value.USAGE_DAYS,
    auditDays: value.AUDIT_DAYS,
    backups: {
      directory: value.BACKUP_DIR ? backupDirectory(value.BACKUP_DIR, dataDir, elsewhere) : null,
      everyMs: value.BACKUP_EVERY_H * 3_600_000,
      keep: value.BACKUP_KEEP,
      key: value.BACKUP_KEY ?? null,
      keyFile: value.BACKUP_KEY_FILE ? path.resolve(value.BACKUP_KEY_FILE) : null,
    },
    /** 0: never. */
    idleUnloadMs: value.MODEL_IDLE_MINUTES * 60_000,
    /** `auth`: the one password, as `user:password`; `accounts`: people have accounts of their own. Both off: open. */
    ...access,
    proxyHeader: proxyHeaderOf(value, access.accounts),
    oidc: oidcOf(value, access.accounts),
    allowedHosts: value.ALLOWED_HOSTS,
    trustedProxies: value.TRUSTED_PROXIES,
    /** Others than this machine reach the server. */
    reachable,
    /** Requests in a minute; 0: as many as they like. */
    limits: { address: value.LIMIT_ADDRESS, user: value.LIMIT_USER, key: value.LIMIT_KEY },
    maxFollowers: value.MAX_FOLLOWERS,
    /** How a sound is kept that nobody has said anything about. */
    newSounds: value.NEW_SOUNDS,
    corsOrigins: value.CORS_ORIGINS,
    logLevel: value.LOG_LEVEL,
    tracing: tracingOf(value),
    /** What a child process of ours inherits. */
    childEnvironment: Object.freeze({ ...source }),
    staticDir: value.STATIC_DIR ? path.resolve(value.STATIC_DIR) : null,
  });
}
