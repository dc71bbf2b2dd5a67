import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inCache } from '../lib/paths.mjs';
import { collected, succeeds, which } from '../lib/run.mjs';
import { Skip } from './skip.mjs';

const SUITE = 'bookworm';
const BOOT_MS = 60_000;
const NEEDED = ['debootstrap', 'systemd-nspawn', 'nsenter'];

/** A bare Debian in a folder, with a real systemd, in the place of a server. It shares the network of this machine. */
export class DebianServer {
  /** @type {import('node:child_process').ChildProcess | null} */
  #machine = null;
  #ended = Promise.resolve();

  /** @param {string} root */
  constructor(root) {
    this.root = root;
  }

  /**
   * @param {string} folder in which it is made
   * @param {(text: string) => void} tell
   */
  static async make(folder, tell) {
    if (process.getuid?.() !== 0) throw new Skip('a Debian in a folder takes root');
    const missing = NEEDED.filter((name) => !which(name));
    if (missing.length > 0) throw new Skip(`not installed: ${missing.join(', ')}`);
    if (
      fs.existsSync('/run/traum-engine-deploy.lock') ||
      succeeds('sh', ['-c', "ss -tln | grep -qE ':(80|443|8001) '"])
    )
      throw new Skip('the ports 80, 443 and 8001 of this machine are in use');
    const base = inCache('deploy', SUITE);
    if (!fs.existsSync(base)) {
      tell(`making a bare Debian ${SUITE} with debootstrap`);
      const making = `${base}.partial`;
      fs.rmSync(making, { recursive: true, force: true });
      fs.mkdirSync(path.dirname(making), { recursive: true });
      const options = ['--variant=minbase', '--include=systemd,systemd-sysv,dbus', SUITE, making];
      const { code, output } = await collected('debootstrap', options);
      if (code !== 0) throw new Skip(`debootstrap failed: ${output.split('\n').slice(-3).join(' ')}`);
      fs.renameSync(making, base);
    }
    const root = path.join(folder, 'debian');
    const { code, output } = await collected('cp', ['-a', '--reflink=auto', base, root]);
    if (code !== 0) throw new Error(output);
    fs.copyFileSync('/etc/resolv.conf', path.join(root, 'etc', 'resolv.conf'));
    // Authorities that this machine trusts besides the usual ones: npm may need them.
    const authorities = process.env.NODE_EXTRA_CA_CERTS;
    if (authorities) fs.copyFileSync(authorities, path.join(root, 'srv', 'authorities.crt'));
    return new DebianServer(root);
  }

  async boot() {
    const options = [
      '-q',
      '-D',
      this.root,
      '--register=no',
      '--keep-unit',
      '-b',
      '--console=pipe',
      '--resolv-conf=off',
    ];
    const machine = spawn('systemd-nspawn', options, { stdio: 'ignore' });
    this.#machine = machine;
    this.#ended = new Promise((resolve) => machine.once('exit', () => resolve(undefined)));
    for (const end = Date.now() + BOOT_MS; ; await pause(500)) {
      if (machine.exitCode !== null) throw new Skip('systemd-nspawn does not start here');
      const { output } = await this.inside(['systemctl', 'is-system-running']);
      if (/running|degraded/.test(output)) return;
      if (Date.now() > end) throw new Skip(`systemd does not start in systemd-nspawn here: ${output}`);
    }
  }

  get #init() {
    const { stdout } = spawnSync('pgrep', ['-P', String(this.#machine?.pid)], { encoding: 'utf8' });
    return stdout.trim().split('\n')[0] || '0';
  }

  /** @param {string[]} command */
  #command(command) {
    const env = ['PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'];
    if (process.env.NODE_EXTRA_CA_CERTS) env.push('NODE_EXTRA_CA_CERTS=/srv/authorities.crt');
    return ['-t', this.#init, '-a', '-r', '-w', 'env', '-i', ...env, ...command];
  }

  /** Runs a command on the server, as root. @param {string[]} command */
  inside(command) {
    return collected('nsenter', this.#command(command));
  }

  /** Starts a command on the server and does not wait for it. @param {string[]} command */
  begin(command) {
    return spawn('nsenter', this.#command(command), { stdio: 'ignore' });
  }

  async halt() {
    if (!this.#machine || this.#machine.exitCode !== null) return;
    await this.inside(['systemctl', 'poweroff']);
    await Promise.race([this.#ended, pause(30_000)]);
    if (this.#machine.exitCode === null) this.#machine.kill('SIGKILL');
    await this.#ended;
  }
}
