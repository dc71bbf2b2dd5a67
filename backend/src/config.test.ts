import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, redisUrlOf } from './config.js';

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

  it('reads redis URLs and sockets, and writes them back', () => {
    for (const url of ['redis://localhost:6379/1', 'unix:///tmp/redis.sock']) {
      const { redis } = loadConfig({ REDIS_URL: url });
      expect(redis).not.toBeNull();
      if (redis) expect(redisUrlOf(redis)).toBe(url);
    }
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
