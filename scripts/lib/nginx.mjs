import fs from 'node:fs';
import path from 'node:path';
import { inRoot } from './paths.mjs';
import { succeeds, which } from './run.mjs';

/** @returns {string | undefined} */
export const nginxProgram = () => which('nginx') ?? ['/usr/sbin/nginx'].find((file) => fs.existsSync(file));

/**
 * Lays out a copy of the configuration as it is shipped that works outside of its container: only places, ports and where the API
 * is are others.
 * @param {string} folder
 * @param {{ port?: number, upstream?: string, pages?: string }} [local] `upstream`: what stands in upstream.conf
 * @returns {string} the main file
 */
export function layOutNginx(folder, { port, upstream, pages } = {}) {
  const places = {
    '/etc/nginx/traum/': `${folder}/`,
    '/etc/nginx/certs': path.join(folder, 'certs'),
    '/tmp/': `${folder}/`,
    '/dev/stdout': path.join(folder, 'access.log'),
    '/usr/share/nginx/html': pages ?? '/usr/share/nginx/html',
    'listen 8080': `listen ${port === undefined ? 8080 : `127.0.0.1:${port}`}`,
  };
  const withTls = makeCertificate(places['/etc/nginx/certs']);
  fs.mkdirSync(path.join(folder, 'enabled'));
  for (const name of fs.readdirSync(inRoot('nginx')).filter((file) => file.endsWith('.conf'))) {
    const shipped = fs.readFileSync(inRoot('nginx', name), 'utf8');
    const text = name === 'upstream.conf' && upstream !== undefined ? upstream : shipped;
    const place = name === 'tls.conf' && withTls && port === undefined ? path.join(folder, 'enabled') : folder;
    fs.writeFileSync(
      path.join(place, name),
      text.replace(
        /\/etc\/nginx\/(?:traum\/|certs)|\/tmp\/|\/dev\/stdout|\/usr\/share\/nginx\/html|listen 8080/g,
        (found) => places[found],
      ),
    );
  }
  return path.join(folder, 'nginx.conf');
}

/** @returns {boolean} false where openssl is not installed */
function makeCertificate(folder) {
  fs.mkdirSync(folder);
  const files = ['-keyout', path.join(folder, 'privkey.pem'), '-out', path.join(folder, 'fullchain.pem')];
  return succeeds('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', ...files]);
}
