import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.js';

describe('loadConfig', () => {
  it('needs nothing: loopback, port 8000, the bundled model, a private redis', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ port: 8000, host: '127.0.0.1', model: 'compact-clap', redis: null, auth: null });
  });

  it('treats empty variables as unset, as compose files pass them', () => {
    expect(loadConfig({ PORT: '', REDIS_URL: '', AUTH: '' })).toMatchObject({ port: 8000, redis: null, auth: null });
  });

  it('lists every bad variable in one error', () => {
    expect(() => loadConfig({ PORT: 'http', LOG_LEVEL: 'loud', AUTH: 'nopassword' })).toThrowError(ConfigError);
    try {
      loadConfig({ PORT: 'http', LOG_LEVEL: 'loud', AUTH: 'nopassword' });
    } catch (error) {
      const { message } = error as ConfigError;
      for (const name of ['PORT', 'LOG_LEVEL', 'AUTH', '.env.example']) expect(message).toContain(name);
    }
  });

  it.each<[NodeJS.ProcessEnv, string]>([
    [{ PORT: 'abc' }, 'PORT must be a whole number from 1 to 65535 (or 0: any free one), not "abc"'],
    [{ PORT: '99999' }, 'PORT must be a whole number from 1 to 65535 (or 0: any free one), not "99999"'],
    [{ PORT: ' ' }, 'PORT must be a whole number from 1 to 65535 (or 0: any free one), not " "'],
    [{ MAX_UPLOAD_MB: '1TB' }, 'MAX_UPLOAD_MB must be a number above 0, at most 1000000, not "1TB"'],
    [{ BIN_DAYS: 'x' }, 'BIN_DAYS must be a whole number from 0 to 36500, not "x"'],
    [{ BIN_DAYS: '1.5' }, 'BIN_DAYS must be a whole number from 0 to 36500, not "1.5"'],
    [{ INDEX_EXACT_UP_TO: '-1' }, 'INDEX_EXACT_UP_TO must be a whole number from 0 on, not "-1"'],
    [
      { VECTOR_SHARDS: '9'.repeat(60) },
      `VECTOR_SHARDS must be a whole number from 1 to 1000, not "${'9'.repeat(40)}…"`,
    ],
    [{ LIMIT_KEY: 'many' }, 'LIMIT_KEY must be a whole number from 0 to 1000000, not "many"'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "loud"'],
    [{ OIDC_DEFAULT_ROLE: 'boss' }, 'OIDC_DEFAULT_ROLE must be one of admin, editor, viewer, none, not "boss"'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'nonsense' },
      'OTEL_EXPORTER_OTLP_ENDPOINT must look like http://collector.local:4318',
    ],
    [{ OIDC_ISSUER: 'foo' }, 'OIDC_ISSUER must look like https://login.example.org/realms/studio'],
    [{ SERVER_URL: 'x' }, 'SERVER_URL must look like https://sound.example.org'],
    [{ S3_ENDPOINT: 'localhost:9000' }, 'S3_ENDPOINT must look like http://storage.local:9000'],
    [
      { S3_ENDPOINT: 'http://a b' },
      'S3_ENDPOINT is not a proper address such as http://storage.local:9000; special characters of a user name or password must be written as %XX',
    ],
    [
      { HOST: '999.1.1.1' },
      'HOST must be an address or a name of this machine, such as 127.0.0.1, 0.0.0.0 or nas.local',
    ],
    ...['my.site', 'https://my.site/', 'https://my.site/page', 'null', 'https://My.site'].map(
      (CORS_ORIGINS): [NodeJS.ProcessEnv, string] => [
        { CORS_ORIGINS: `https://a.example,${CORS_ORIGINS}` },
        'CORS_ORIGINS must be origins as browsers name them, such as https://my.site or http://nas.local:8080: with http:// or https://, without a path',
      ],
    ),
  ])('says of %j once what it takes', (settings, line) => {
    expect(() => loadConfig(settings)).toThrowError(
      new ConfigError(`These settings are not usable:\n  ${line}\nSee .env.example for what each one takes.`),
    );
  });

  it('takes what numbers and hosts look like', () => {
    expect(loadConfig({ PORT: '0', MAX_UPLOAD_MB: '0.5', BIN_DAYS: '0' })).toMatchObject({
      port: 0,
      maxUploadBytes: 524_288,
      binDays: 0,
    });
    for (const HOST of ['::', 'fe80::1%eth0', 'NAS.local', 'localhost', '10.0.0.2'])
      expect(loadConfig({ HOST }).host).toBe(HOST);
    expect(loadConfig({ CORS_ORIGINS: '*,http://nas.local:8080,capacitor://localhost' }).corsOrigins).toHaveLength(3);
  });

  it('keeps vectors in Weaviate where it is told where that is', () => {
    expect(loadConfig({ VECTOR_URL: 'http://a:8080' }).weaviate).toBeNull();
    expect(() => loadConfig({ VECTORS: 'weaviate' })).toThrow(/VECTOR_URL names none. Set VECTOR_URL=http/);
    const one = loadConfig({ VECTORS: 'weaviate', VECTOR_URL: 'https://vectors.example.org' }).weaviate!;
    expect(one.nodes.map(({ http, grpc }) => [http.origin, grpc.origin])).toEqual([
      ['https://vectors.example.org', 'https://vectors.example.org:50051'],
    ]);
    expect(one).toMatchObject({ key: null, consistency: 'QUORUM', collections: { shards: null, replicas: 1 } });
    const several = { VECTORS: 'weaviate', VECTOR_URL: 'http://a:8080, http://b:8080', VECTOR_CONSISTENCY: 'one' };
    expect(loadConfig(several).weaviate).toMatchObject({ consistency: 'ONE', nodes: [{}, {}] });
    expect(() => loadConfig({ ...several, VECTOR_GRPC_URL: 'http://a:1' })).toThrow(/as many addresses/);
    for (const bad of ['weaviate:8080', 'http://', 'http://a,b']) {
      expect(() => loadConfig({ VECTORS: 'weaviate', VECTOR_URL: bad })).toThrow(/VECTOR_URL must look like/);
    }
  });

  it('keeps vectors in PostgreSQL only where there is one', () => {
    expect(loadConfig({}).vectors).toBe('memory');
    expect(loadConfig({ VECTORS: 'pgvector', DATABASE_URL: 'postgres://a/b' }).vectors).toBe('pgvector');
    expect(() => loadConfig({ VECTORS: 'pgvector' })).toThrowError(/DATABASE_URL names none\. Set .* or leave VECTORS/);
    expect(() => loadConfig({ VECTORS: 'qdrant' })).toThrowError(/VECTORS/);
  });

  it('reads redis URLs, sockets and sentinels', () => {
    const redisOf = (REDIS_URL: string, REDIS_PREFIX = '') => loadConfig({ REDIS_URL, REDIS_PREFIX }).redis;
    expect(redisOf('redis://localhost:6379/1')).toEqual({ url: 'redis://localhost:6379/1', prefix: 'traum' });
    expect(redisOf('unix:///tmp/redis.sock', 'studio-2')).toEqual({
      socketPath: '/tmp/redis.sock',
      prefix: 'studio-2',
    });
    expect(redisOf('redis+sentinel://a:26379,[::1]:5,b/mymaster')).toEqual({
      sentinels: {
        hosts: [
          { host: 'a', port: 26_379 },
          { host: '::1', port: 5 },
          { host: 'b', port: 26_379 },
        ],
        name: 'mymaster',
        db: 0,
      },
      prefix: 'traum',
    });
    expect(redisOf('redis+sentinel://me:p%40ss:word@a:1/m/3?sentinelPassword=x%26y')).toMatchObject({
      sentinels: { username: 'me', password: 'p@ss:word', sentinelPassword: 'x&y', db: 3 },
    });
    expect(redisOf('redis+sentinel://:secret@a:1/m')).toMatchObject({ sentinels: { password: 'secret' } });
    expect(redisOf('redis+cluster://a, [::1]:5 ,b:7000')).toEqual({
      cluster: {
        hosts: [
          { host: 'a', port: 6379 },
          { host: '::1', port: 5 },
          { host: 'b', port: 7000 },
        ],
        tls: false,
      },
      prefix: 'traum',
    });
    expect(redisOf('rediss+cluster://me:p%40ss:word@a:1/')).toMatchObject({
      cluster: { username: 'me', password: 'p@ss:word', tls: true },
    });
    for (const url of [
      'redis+cluster://',
      'redis+cluster://a:x',
      'redis+cluster://a/3',
      'redis+cluster://a,,b',
      'redis+cluster://:%zz@a',
    ])
      expect(() => redisOf(url)).toThrowError(/redis\+cluster:\/\/user/);
    for (const url of [
      'redis+sentinel://a:1',
      'redis+sentinel://a:x/m',
      'redis+sentinel://a/m/x',
      'redis+sentinel://a,/m',
    ])
      expect(() => redisOf(url)).toThrowError(/redis\+sentinel:\/\/user/);
    for (const prefix of ['a b', 'a:b', 'ä']) expect(() => redisOf('redis://a', prefix)).toThrowError(/REDIS_PREFIX/);
    expect(() => loadConfig({ REDIS_URL: 'localhost:6379' })).toThrowError(/redis:\/\/host/);
  });

  it('keeps an idle model for ten minutes, for another time or for ever', () => {
    expect(loadConfig({}).idleUnloadMs).toBe(600_000);
    expect(loadConfig({ MODEL_IDLE_MINUTES: '0.5' }).idleUnloadMs).toBe(30_000);
    expect(loadConfig({ MODEL_IDLE_MINUTES: '0' }).idleUnloadMs).toBe(0);
    expect(() => loadConfig({ MODEL_IDLE_MINUTES: '-1' })).toThrowError(/MODEL_IDLE_MINUTES/);
  });

  it('takes whole paths to import from, and no others', () => {
    expect(loadConfig({}).importDirs).toEqual([]);
    expect(loadConfig({ IMPORT_DIRS: '/srv/samples/, /mnt/a b' }).importDirs).toEqual(['/srv/samples', '/mnt/a b']);
    expect(() => loadConfig({ IMPORT_DIRS: '/srv,samples' })).toThrowError(/IMPORT_DIRS must be whole paths/);
  });

  it('splits CORS origins', () => {
    expect(loadConfig({ CORS_ORIGINS: 'https://a.example, https://b.example,' }).corsOrigins).toEqual([
      'https://a.example',
      'https://b.example',
    ]);
  });
});

describe('who may come in', () => {
  const access = (settings: NodeJS.ProcessEnv): string => {
    const { auth, accounts } = loadConfig(settings);
    return accounts ? 'accounts' : auth === null ? 'open' : 'password';
  };

  it('is everybody at this machine, and elsewhere those with an account, unless it is said otherwise', () => {
    for (const HOST of ['127.0.0.1', 'localhost', '::1', '127.0.0.2'])
      expect([HOST, access({ HOST })]).toEqual([HOST, 'open']);
    for (const HOST of ['0.0.0.0', '::', '192.168.1.5', 'nas.local', '127.evil.example'])
      expect([HOST, access({ HOST })]).toEqual([HOST, 'accounts']);
    expect(access({ HOST: '0.0.0.0', AUTH: 'me:password' })).toBe('password');
    expect(access({ AUTH: 'me:password' })).toBe('password');
    expect(access({ HOST: '0.0.0.0', ALLOW_ANONYMOUS: '1' })).toBe('open');
    expect(access({ HOST: '0.0.0.0', ALLOW_ANONYMOUS: '0' })).toBe('accounts');
    expect(access({ HOST: '0.0.0.0', AUTH: 'off' })).toBe('open');
    expect(access({ AUTH: 'required' })).toBe('accounts');
    expect(access({ AUTH: 'required', ALLOW_ANONYMOUS: '1' })).toBe('accounts');
    expect(access({ AUTH: 'auto' })).toBe('open');
    for (const AUTH of ['yes', 'me:short', 'on', 'Required '])
      expect(() => loadConfig({ AUTH })).toThrowError(/AUTH must be auto, required, off/);
  });

  it('is decided by what a container publishes', () => {
    const inside = { HOST: '0.0.0.0' };
    expect(access({ ...inside, PUBLISHED: '127.0.0.1:8080' })).toBe('open');
    expect(access({ ...inside, PUBLISHED: '127.0.0.1:8080,[::1]:8443' })).toBe('open');
    for (const PUBLISHED of ['8080', '0.0.0.0:8080', '127.0.0.1:8080,8443', '[::]:80', '192.168.1.5:8080'])
      expect([PUBLISHED, access({ ...inside, PUBLISHED })]).toEqual([PUBLISHED, 'accounts']);
  });

  it('reads hosts and proxies', () => {
    expect(loadConfig({ ALLOWED_HOSTS: 'NAS.local:8000, *.example.org,[::1]:80,fe80::1' }).allowedHosts).toEqual([
      'nas.local',
      '*.example.org',
      '::1',
      'fe80::1',
    ]);
    for (const ALLOWED_HOSTS of ['*', 'https://nas.local', 'a b'])
      expect(() => loadConfig({ ALLOWED_HOSTS })).toThrowError(/ALLOWED_HOSTS/);
    expect(loadConfig({ TRUSTED_PROXIES: '1' }).trustedProxies).toEqual({ hops: 1 });
    expect(loadConfig({ TRUSTED_PROXIES: '10.0.0.2, fd00::/8' }).trustedProxies).toEqual({
      ranges: ['10.0.0.2', 'fd00::/8'],
    });
    for (const TRUSTED_PROXIES of ['all', '10.0.0.0/33', '12'])
      expect(() => loadConfig({ TRUSTED_PROXIES })).toThrowError(/TRUSTED_PROXIES/);
  });

  it('believes a proxy that names people only by its address, and a provider only where there are accounts', () => {
    const load = (given: NodeJS.ProcessEnv) => loadConfig({ AUTH: 'required', ...given });
    expect(load({})).toMatchObject({ proxyHeader: null, oidc: null });
    const header = { AUTH_PROXY_HEADER: 'X-Forwarded-User' };
    for (const TRUSTED_PROXIES of ['', '0', '1']) {
      expect(() => load({ ...header, TRUSTED_PROXIES })).toThrowError(/TRUSTED_PROXIES to its address/);
    }
    expect(load({ ...header, TRUSTED_PROXIES: '10.0.0.2', AUTH_PROXY_ROLE: 'none' }).proxyHeader).toEqual({
      name: 'x-forwarded-user',
      role: null,
    });
    for (const name of ['Cookie', 'Authorization', 'X-Forwarded-For', 'a b']) {
      expect(() => load({ AUTH_PROXY_HEADER: name, TRUSTED_PROXIES: '10.0.0.2' })).toThrowError(/AUTH_PROXY_HEADER/);
    }
    const provider = { OIDC_ISSUER: 'https://login.example/realms/a', OIDC_CLIENT_ID: 'traum' };
    const roles = { OIDC_ROLE_CLAIM: 'groups', OIDC_ROLES: 'editor=the cutters, admin = bosses' };
    expect(load({ ...provider, ...roles, OIDC_DEFAULT_ROLE: 'none', OIDC_SCOPES: 'profile' }).oidc).toMatchObject({
      scopes: 'openid profile',
      rules: {
        roles: [
          { role: 'admin', value: 'bosses' },
          { role: 'editor', value: 'the cutters' },
        ],
        defaultRole: null,
      },
    });
    expect(() => load({ OIDC_ISSUER: 'https://login.example' })).toThrowError(/OIDC_CLIENT_ID/);
    expect(() => load({ ...provider, OIDC_ROLES: 'admin=x' })).toThrowError(/OIDC_ROLE_CLAIM/);
    expect(() => load({ ...provider, OIDC_ROLE_CLAIM: 'g', OIDC_ROLES: 'boss=x' })).toThrowError(/OIDC_ROLES/);
    expect(() => load({ ...provider, AUTH: 'off' })).toThrowError(/AUTH=required/);
  });

  it('says what is wrong with an address of the hub without showing it', () => {
    for (const HF_ENDPOINT of ['https://me:se%cret@hub.example', 'https://me:secret@hub example'])
      expect(() => loadConfig({ HF_ENDPOINT })).toThrowError(
        expect.objectContaining({ message: expect.not.stringContaining('ecret') as unknown }) as Error,
      );
  });
});
