import './lib/node-version.mjs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { inCache } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { layOutRelease } from './lib/release.mjs';
import { runMain, step, Stop } from './lib/report.mjs';
import { openly, which } from './lib/run.mjs';

const USAGE = `make vps-deploy HOST=user@server [NAME=sound.example.org] [EMAIL=you@example.org] [APIS=1] [WORKERS=1]

Makes a bare Debian or Ubuntu server an installation that is served by TLS, or brings one up to date (docs/operations.md).
HOST is what ssh takes: root, or a user who may use sudo. NAME, the name that browsers ask for, must lead to the server.`;
const PASSED_ON = ['NAME', 'EMAIL', 'APIS', 'WORKERS', 'HEALTH_S', 'WITHOUT_BACKUP'];
/** In the home folder of the user over there. */
const PLACE = '.traum-engine-delivery';

await runMain(async () => {
  const host = process.env.HOST ?? '';
  if (!/^[A-Za-z0-9._@:[\]-]+$/.test(host) || host.startsWith('-')) throw new Stop(`Which server?\n\n${USAGE}`);
  const odd = PASSED_ON.find((name) => !/^[A-Za-z0-9.@+_-]*$/.test(process.env[name] ?? ''));
  if (odd) throw new Stop(`${odd} holds characters that it cannot have.\n\n${USAGE}`);
  for (const program of ['ssh', 'tar']) if (!which(program)) throw new Stop(`${program} is not installed here.`);

  await prepare({ build: true });
  const machine = over(host, 'uname -m').trim();
  const folder = inCache('deploy', 'delivery');
  const id = await layOutRelease(folder, machine);
  await step(`Bringing release ${id} to ${host}`, async () => {
    const unpack = `rm -rf ${PLACE} && mkdir -p ${PLACE} && tar -xzf - -C ${PLACE}`;
    const code = await openly('sh', ['-c', 'tar -czf - -C "$1" . | ssh "$2" "$3"', 'sh', folder, host, unpack]);
    if (code !== 0) throw new Stop(`It could not be brought to ${host}.`);
  });
  const given = PASSED_ON.filter((name) => process.env[name]).map((name) => `${name}=${process.env[name]}`);
  const script = path.posix.join(PLACE, 'release', 'deploy', 'install.sh');
  const asRoot = `if [ "$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; $sudo env ${given.join(' ')} bash ${script}`;
  return openly('ssh', [...(process.stdin.isTTY ? ['-t'] : []), host, asRoot]);
});

function over(host, command) {
  const { status, stdout } = spawnSync('ssh', [host, command], {
    stdio: ['inherit', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Stop(`ssh ${host} does not get through. Try it by hand first.`);
  return stdout;
}
