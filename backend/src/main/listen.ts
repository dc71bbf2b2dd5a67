import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { Config } from '../config.js';
import { DomainError } from '../domain/errors.js';
import type { Logger } from '../observability/logger.js';

/** Streams (server-sent events, audio) are cut after this long when the server stops. */
const DRAIN_MS = 3_000;

export interface Listening {
  url: string;
  close(): Promise<void>;
}

/**
 * Has the server listen on the configured host and port.
 * @throws DomainError `conflict` when the port is taken or not allowed, naming the remedy.
 */
export async function listen(server: Server, config: Config, logger: Logger): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, config)));
    server.listen(config.port, config.host, resolve);
  });
  server.on('error', (error) => logger.error({ err: error }, 'server error'));
  const { port } = server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return {
    url: `http://${host === '0.0.0.0' || host === '[::]' ? 'localhost' : host}:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function listenError(error: NodeJS.ErrnoException, { host, port }: Config): Error {
  if (error.code === 'EADDRINUSE') {
    return new DomainError(
      'conflict',
      `Port ${port} on ${host} is already in use. Stop the other program or choose another port: PORT=${port + 1} npm start`,
    );
  }
  if (error.code === 'EACCES') {
    return new DomainError(
      'conflict',
      `This user may not listen on port ${port}. Choose one above 1023, e.g. PORT=8000.`,
    );
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new DomainError('conflict', `HOST=${host} is not an address of this machine. Use 127.0.0.1 or 0.0.0.0.`);
  }
  return error;
}
