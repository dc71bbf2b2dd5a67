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
      expect(() => loadConfig({ VECTORS: 'weaviate', VECTOR_URL: bad })).toThrow(/VECTOR_URL: must look like/);
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
    expect(() => loadConfig({ IMPORT_DIRS: '/srv,samples' })).toThrowError(/IMPORT_DIRS: must be whole paths/);
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
      expect(() => loadConfig({ AUTH })).toThrowError(/AUTH: must be auto, required, off/);
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
