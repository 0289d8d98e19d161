import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Processes, RunningProcess } from './processes.ts';

/** Credentials in the shape every AWS SDK client takes. */
export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** A running MiniStack: the AWS of one local run. */
export type MiniStack = {
  /** Endpoint of every AWS API, on loopback. */
  url: string;
  region: string;
  account: string;
  /** The account's root, for the platform itself; users get roles. New for every run. */
  root: Required<Pick<Credentials, 'accessKeyId' | 'secretAccessKey'>>;
  stop(): Promise<void>;
};

export type MiniStackOptions = {
  processes: Processes;
  /** Folder for its state; the caller removes it. */
  folder: string;
  /** Its log, with the output of every function; `ministack.log` in the folder by default. */
  logFile?: string;
  /** Corrections to leave out, by name. Only tests, which show that each is needed, do this. */
  unpatched?: readonly string[];
  /** Further environment, for example `SFN_WAIT_SCALE`. */
  env?: NodeJS.ProcessEnv;
};

/** MiniStack's own default account and region. */
const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const ATTEMPTS = 3;
/** It answers within 0.3 s on a quiet machine. */
const START_TIMEOUT_MS = 60_000;
const LAUNCHER = fileURLToPath(new URL('ministack/launcher.py', import.meta.url));

/** Starts MiniStack with Weir's corrections, `AUTH=true`, on a free loopback port, and waits until it answers. */
export async function startMiniStack(options: MiniStackOptions): Promise<MiniStack> {
  const root = {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const running = launch(options, port, root);
    const url = `http://127.0.0.1:${port}`;
    if (await healthy(url, running)) {
      return { url, region: REGION, account: ACCOUNT, root, stop: async () => void (await running.end()) };
    }
    await running.end(0);
    if (attempt === ATTEMPTS) throw new Error(`MiniStack did not start; see ${logFileOf(options)}.`);
  }
}

const logFileOf = ({ folder, logFile = join(folder, 'ministack.log') }: MiniStackOptions) => logFile;

function launch(options: MiniStackOptions, port: number, root: MiniStack['root']): RunningProcess {
  const { processes, folder, unpatched = [], env = {} } = options;
  const logFile = logFileOf(options);
  const command = 'exec "$0" -u "$1" >>"$2" 2>&1';
  return processes.spawn('/bin/sh', ['-c', command, pythonPath(), LAUNCHER, logFile], {
    cwd: folder,
    stdio: 'ignore',
    env: {
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: folder,
      TMPDIR: folder,
      PYTHONDONTWRITEBYTECODE: '1',
      AUTH: 'true',
      AWS_ACCESS_KEY_ID: root.accessKeyId,
      AWS_SECRET_ACCESS_KEY: root.secretAccessKey,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: 'localhost',
      MINISTACK_REGION: REGION,
      MINISTACK_ACCOUNT_ID: ACCOUNT,
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      LAMBDA_EXECUTOR: 'local',
      STATE_DIR: join(folder, 'state'),
      S3_DATA_DIR: join(folder, 's3'),
      WEIR_UNPATCHED: unpatched.join(','),
      ...env,
    },
  });
}

/** The Python that `scripts/setup.mjs` prepared; WEIR_PYTHON overrides it. */
function pythonPath(): string {
  const prepared = fileURLToPath(new URL('../.local/venv/bin/python', import.meta.url));
  const path = process.env['WEIR_PYTHON'] ?? prepared;
  if (!existsSync(path)) throw new Error(`No Python at ${path}: run npm run local once, which prepares it.`);
  return path;
}

async function healthy(url: string, running: RunningProcess): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (running.child.exitCode === null && Date.now() < deadline) {
    const answer = await fetch(`${url}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return true;
    await delay(25);
  }
  return false;
}

/** A port that was free a moment ago; the caller retries when somebody else was faster. */
function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((found, failed) => {
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? found(address.port) : failed(new Error('no port'))));
    });
  });
}
