import net from 'node:net';

/** @param {number} port 0: any @returns {Promise<net.Server>} */
function listen(port) {
  const server = net.createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const portOf = (/** @type {net.Server} */ server) => /** @type {net.AddressInfo} */ (server.address()).port;
const close = (/** @type {net.Server} */ server) => new Promise((resolve) => server.close(resolve));

/** Ports of 127.0.0.1 that nobody listens on, no two alike. @param {number} count */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}

/** A port that nobody listens on. */
export const freePort = async () => /** @type {number} */ ((await freePorts(1))[0]);

/** The first of two free ports that follow each other. @param {Set<number>} taken what was given before; these two are added */
export async function freePair(taken) {
  for (;;) {
    const first = await listen(0);
    const port = portOf(first);
    const second = await listen(port + 1).catch(() => null);
    await Promise.all([first, second].map((server) => server && close(server)));
    if (!second || taken.has(port) || taken.has(port + 1)) continue;
    taken.add(port).add(port + 1);
    return port;
  }
}

/** @param {number} port @returns {Promise<boolean>} whether somebody listens there */
export const isOpen = (port) =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
