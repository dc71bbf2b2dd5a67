import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { auditProblems, licenceProblems } from './licences.mjs';
import { missingPackages, registryAddresses } from './lockfile.mjs';
import { layOutNginx, nginxProgram } from './nginx.mjs';
import { inCache, inRoot } from './paths.mjs';
import { collected, succeeds, which } from './run.mjs';
import { unitProblems } from './units.mjs';

/**
 * @typedef {{ ok: boolean, output: string, skipped?: string }} Outcome
 *   `skipped`: why the check could not be made on this machine
 * @typedef {{ name: string, title: string, run: () => Promise<Outcome> }} Check
 */

/** @type {Check[]} */
export const checks = [
  { name: 'format', title: 'Prettier', run: () => tool('prettier', ['--check', '--log-level=warn', '.']) },
  { name: 'types', title: 'TypeScript, backend', run: () => npmRun('typecheck', 'backend') },
  {
    name: 'scripts',
    title: 'TypeScript, scripts and benches',
    run: () => tool('tsc', ['-p', 'tsconfig.scripts.json']),
  },
  { name: 'svelte', title: 'svelte-check, frontend', run: () => npmRun('check', 'frontend') },
  { name: 'lint', title: 'ESLint, type-aware', run: () => tool('eslint', ['--max-warnings=0', '.']) },
  {
    name: 'imports',
    title: 'Import rules',
    run: () =>
      tool('depcruise', ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'backend/src', 'frontend/src']),
  },
  { name: 'python', title: 'ruff, training of the models', run: python },
  { name: 'unused', title: 'Unused code and packages', run: () => tool('knip', ['--no-progress']) },
  { name: 'openapi', title: 'openapi.json and the client made from it are current', run: openapi },
  { name: 'openapi-valid', title: 'openapi.json is valid OpenAPI 3.1 and states its security', run: validOpenapi },
  { name: 'lockfile', title: 'Lockfile complete, without registry addresses', run: lockfile },
  { name: 'own', title: 'Tracked files: no secrets, audio, or paths of one machine', run: trackedFiles },
  { name: 'compose', title: 'docker-compose.yml', run: compose },
  { name: 'images', title: 'hadolint, Dockerfiles', run: images },
  { name: 'nginx', title: 'nginx configuration', run: nginx },
  { name: 'helm', title: 'Helm chart lints, and gives manifests', run: helm },
  { name: 'units', title: 'systemd units are valid, and hardened', run: units },
  { name: 'shell', title: 'shellcheck, deployment', run: shell },
  { name: 'licences', title: 'Licences of all packages', run: licences },
  { name: 'audit', title: 'Known vulnerabilities of what is shipped', run: vulnerabilities },
];

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options]
 * @returns {Promise<Outcome>}
 */
async function outcomeOf(program, args, options) {
  const { code, output } = await collected(program, args, options);
  return { ok: code === 0, output };
}

/**
 * @param {string} name a program of an npm package
 * @param {string[]} args
 */
const tool = (name, args) => outcomeOf(inRoot('node_modules', '.bin', name), args);

const npmRun = (script, workspace) => outcomeOf('npm', ['run', '--silent', script, '-w', workspace]);

/** The server's schemas are the source of openapi.json, and that is the source of the frontend's types. */
async function openapi() {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-openapi-'));
  try {
    const built = await npmRun('build', 'backend');
    if (!built.ok) return built;
    const server = await outcomeOf(process.execPath, [inRoot('backend', 'dist', 'main', 'openapi.js'), '--check']);
    if (!server.ok) return server;
    const types = path.join(scratch, 'schema.d.ts');
    const generated = await tool('openapi-typescript', ['openapi.json', '-o', types]);
    if (!generated.ok) return generated;
    const committed = inRoot('frontend', 'src', 'lib', 'api', 'schema.d.ts');
    const ok = fs.readFileSync(types, 'utf8') === fs.readFileSync(committed, 'utf8');
    return { ok, output: ok ? '' : "The frontend's API types are out of date. Run: npm run generate -w frontend" };
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

async function validOpenapi() {
  const { Validator } = await import('@seriousme/openapi-schema-validator');
  const document = JSON.parse(fs.readFileSync(inRoot('openapi.json'), 'utf8'));
  const { valid, errors } = await new Validator().validate(document);
  const problems = valid
    ? []
    : [errors].flat().map((error) => (typeof error === 'string' ? error : JSON.stringify(error)));
  if (!document.security || !document.components.securitySchemes) problems.push('The document states no security.');
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map((operation) => operation.operationId),
  );
  const repeated = ids.filter((id, at) => id !== undefined && ids.indexOf(id) !== at);
  problems.push(...repeated.map((id) => `The operationId ${id} is given twice.`));
  return { ok: problems.length === 0, output: problems.join('\n') };
}

/** The linter of the Python code, in an environment of its own under `.cache/`. */
const RUFF = '0.14.6';

async function python() {
  const folder = inCache(`ruff-${RUFF}`);
  const ruff = path.join(folder, process.platform === 'win32' ? 'Scripts' : 'bin', 'ruff');
  if (!fs.existsSync(ruff)) {
    if (!succeeds('python3', ['-m', 'venv', '--help'])) {
      return { ok: true, output: '', skipped: 'Python with venv is not installed' };
    }
    const made = await collected('python3', ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ruff==${RUFF}`];
    const installed = made.code === 0 ? await collected(path.join(path.dirname(ruff), 'python'), pip) : made;
    if (installed.code !== 0) {
      fs.rmSync(folder, { recursive: true, force: true });
      return { ok: true, output: '', skipped: `ruff ${RUFF} could not be installed` };
    }
  }
  return outcomeOf(ruff, ['check', '--quiet', inRoot('models', 'training')]);
}

async function lockfile() {
  const content = JSON.parse(fs.readFileSync(inRoot('package-lock.json'), 'utf8'));
  const problems = [
    ...registryAddresses(content).map(
      (place) => `${place} has a download address: install with the repository's .npmrc.`,
    ),
    ...missingPackages(content).map((name) => `${name} is missing: npm ci will refuse the lockfile.`),
  ];
  return { ok: problems.length === 0, output: problems.join('\n') };
}

async function trackedFiles() {
  const { code, output } = await collected('git', ['ls-files', '-z']);
  if (code !== 0) return { ok: true, output: '', skipped: 'this is not a git clone' };
  const files = output.split('\0').filter(Boolean);
  const problems = files.flatMap((file) => problemsOf(file).map((problem) => `${file}: ${problem}`));
  return { ok: problems.length === 0, output: problems.join('\n') };
}

const audioFile = /\.(wav|flac|mp3|ogg|opus|m4a|aac|aiff?|wma)$/i;
const machinePath = /(^|[\s"'`(=:])\/(work|home\/[a-z]|Users\/[A-Za-z]|root\/)/m;
const secret = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(ghp|gho|hf|sk)_[A-Za-z0-9]{20,}\b/;

/**
 * @param {string} file relative to the root
 * @returns {string[]}
 */
function problemsOf(file) {
  const full = inRoot(file);
  if (!fs.existsSync(full)) return [];
  const problems = [];
  const size = fs.statSync(full).size;
  if (audioFile.test(file)) problems.push('audio does not belong in the repository');
  if (path.basename(file) === '.env') problems.push('settings of one machine do not belong in the repository');
  if (size > 25 * 1024 * 1024) problems.push('larger than 25 MB');
  if (size > 2 * 1024 * 1024) return problems;
  const text = fs.readFileSync(full, 'utf8');
  if (text.includes('\0')) return problems;
  if (machinePath.test(text)) problems.push('contains a path of one machine');
  if (secret.test(text)) problems.push('contains what looks like a secret');
  return problems;
}

async function compose() {
  if (!which('docker') || !succeeds('docker', ['compose', 'version'])) {
    return { ok: true, output: '', skipped: 'docker compose is not installed' };
  }
  const files = ['docker-compose.yml', 'docker-compose.tls.yml'].flatMap((file) => ['-f', file]);
  const options = ['compose', ...files, '--env-file', '.env.example', '--profile', 'monitoring', '--profile', 'scale'];
  return outcomeOf('docker', [...options, 'config', '-q']);
}

/** A copy with this machine's paths and a throw-away certificate is tested: the original belongs into its container. */
async function nginx() {
  const program = nginxProgram();
  if (!program) return { ok: true, output: '', skipped: 'nginx is not installed' };
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-nginx-'));
  try {
    return await outcomeOf(program, ['-t', '-q', '-p', scratch, '-c', layOutNginx(scratch)]);
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

async function licences() {
  const { packages } = JSON.parse(fs.readFileSync(inRoot('package-lock.json'), 'utf8'));
  const manifestOf = (place) => {
    const file = inRoot(place, 'package.json');
    return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null;
  };
  const problems = licenceProblems(packages, manifestOf);
  return { ok: problems.length === 0, output: problems.join('\n') };
}

/** Asks the registry, which may be out of reach: that is no fault of the source. */
async function vulnerabilities() {
  const options = ['--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000'];
  const { output } = await collected('npm', ['audit', ...options]);
  const found = auditProblems(output);
  if (!found) return { ok: true, output: '', skipped: 'the npm registry does not say at the moment' };
  return { ok: found.problems.length === 0, output: found.problems.join('\n') };
}

/** The units as a server has them, with programs of its own in the place of those that only a server has. */
async function units() {
  if (!which('systemd-analyze')) return { ok: true, output: '', skipped: 'systemd is not installed' };
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'traum-units-'));
  try {
    const problems = await unitProblems(scratch);
    return { ok: problems.length === 0, output: problems.join('\n') };
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

async function images() {
  if (!which('hadolint')) return { ok: true, output: '', skipped: 'hadolint is not installed' };
  const options = ['--config', inRoot('.hadolint.yaml')];
  return outcomeOf('hadolint', [...options, inRoot('Dockerfile.backend'), inRoot('Dockerfile.frontend')]);
}

/** Where helm is not installed, `GOBIN=$PWD/.cache/helm go install helm.sh/helm/v3/cmd/helm@latest` makes it. */
async function helm() {
  const own = inCache('helm', 'helm');
  const program = which('helm') ?? (fs.existsSync(own) ? own : null);
  if (!program) return { ok: true, output: '', skipped: 'helm is not installed' };
  const chart = inRoot('deploy', 'helm', 'traum-engine');
  const given = (...args) => outcomeOf(program, ['template', 'traum', chart, '--kube-version', '1.31.0', ...args]);
  const example = ['--values', path.join(chart, 'example.yaml')];
  const weaviate = [
    ...example,
    '--set',
    'vectors.engine=weaviate,vectors.url=http://weaviate:80,secrets.vectors.name=traum-weaviate',
  ];
  const wrong = [];
  for (const values of [example, weaviate]) {
    for (const outcome of [await outcomeOf(program, ['lint', '--strict', chart, ...values]), await given(...values)]) {
      if (!outcome.ok) return outcome;
      // What lint says is no manifest.
      if (!outcome.output.includes('kind: ')) continue;
      const kinds = ['Deployment', 'Service', 'Ingress', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'];
      for (const kind of kinds) if (!outcome.output.includes(`kind: ${kind}\n`)) wrong.push(`no ${kind} comes of it`);
      wrong.push(...unknownSettings(outcome.output).map((name) => `${name} is no setting of .env.example`));
      if (values === weaviate && !/- name: VECTOR_KEY\s+valueFrom: \{ secretKeyRef:/.test(outcome.output))
        wrong.push('the key of Weaviate is not taken from its Secret');
    }
  }
  // Half of an engine, a secret in plain sight and what is said elsewhere: named, not started with.
  for (const half of ['vectors.engine=weaviate', 'settings.VECTOR_KEY=plain', 'vectors.engine=milvus']) {
    if ((await given(...example, '--set', half)).ok) wrong.push(`it takes ${half}`);
  }
  return { ok: wrong.length === 0, output: wrong.join('\n') };
}

/** What a manifest sets, and the program does not know. */
function unknownSettings(manifest) {
  const settings = fs.readFileSync(inRoot('.env.example'), 'utf8').match(/^#?[A-Z][A-Z0-9_]+(?==)/gm) ?? [];
  const known = new Set(settings.map((line) => line.replace('#', '')));
  // Said by whoever starts the container, not by people.
  known.add('PUBLISHED');
  return [...new Set([...manifest.matchAll(/^\s+- name: ([A-Z][A-Z0-9_]+)$/gm)].map(([, name]) => name))].filter(
    (name) => !known.has(name),
  );
}

async function shell() {
  if (!which('shellcheck')) return { ok: true, output: '', skipped: 'shellcheck is not installed' };
  return outcomeOf('shellcheck', [
    '--severity=warning',
    inRoot('deploy', 'install.sh'),
    inRoot('deploy', 'traum-engine'),
  ]);
}
