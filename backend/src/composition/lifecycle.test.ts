import { describe, expect, it } from 'vitest';
import { Lifecycle } from './lifecycle.js';

const setUp = () => {
  const failed: unknown[] = [];
  const stopped: string[] = [];
  const lifecycle = new Lifecycle({ error: (fields) => void failed.push((fields as { part: string }).part) });
  const add = (name: string, stop: () => void | Promise<void> = () => undefined): void =>
    lifecycle.add(name, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      stopped.push(name);
      await stop();
    });
  return { lifecycle, failed, stopped, add };
};

const fault = (): never => {
  throw new Error('it hangs');
};

describe('what runs', () => {
  it('is stopped in reverse order, each after the end of the one before', async () => {
    const { lifecycle, stopped, add } = setUp();
    let open = true;
    add('database', () => void (open = false));
    add('service', () => expect(open).toBe(true));
    add('server');
    await lifecycle.stop();
    expect(stopped).toEqual(['server', 'service', 'database']);
  });

  it('is stopped as a whole when some of it cannot be', async () => {
    const { lifecycle, stopped, failed, add } = setUp();
    add('database');
    add('queue', () => Promise.reject(new Error('lost')));
    lifecycle.add('timer', fault);
    add('server', fault);
    await lifecycle.stop();
    expect(stopped).toEqual(['server', 'queue', 'database']);
    expect(failed).toEqual(['server', 'timer', 'queue']);
  });

  it('is stopped once, however often it is asked for', async () => {
    const { lifecycle, stopped, add } = setUp();
    add('one');
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    await lifecycle.stop();
    expect(stopped).toEqual(['one']);
  });

  it('does not stay when a later part fails to start', async () => {
    const { lifecycle, stopped, add } = setUp();
    const start = lifecycle.guard(() => {
      add('database');
      return Promise.reject(new Error('no model'));
    });
    await expect(start).rejects.toThrow('no model');
    expect(stopped).toEqual(['database']);
  });
});
