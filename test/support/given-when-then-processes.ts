import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process as /proc shows it. */
export type SeenProcess = {
  pid: number;
  parent: number;
  command: string;
  environment: Readonly<Record<string, string>>;
};

/** Every process of this machine that this user may look into; those that end meanwhile are left out. */
export function processes(): SeenProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => seen(Number(name)));
}

/** Processes of the task at this address, by what local ECS puts into the environment of every container. */
export const processesOfTask = (address: string): SeenProcess[] =>
  processes().filter(({ environment }) => environment['WEIR_BIND_ADDRESS'] === address);

/** `pid` and everything it started, directly or not. */
export function descendants(pid: number): SeenProcess[] {
  const all = processes();
  const found = all.filter((one) => one.pid === pid);
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid));
  return found;
}

/** Local addresses `ip:port` that some process of `pids` listens on. */
export function listeners(pids: readonly number[]): string[] {
  const inodes = new Set(pids.flatMap(socketInodes));
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === '0A' && inodes.has(columns[9] ?? ''))
    .map((columns) => address(columns[1] ?? ''));
}

/** Whether something listens there now. */
export function isListening(addressAndPort: string): boolean {
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return lines.some((line) => {
    const columns = line.trim().split(/\s+/);
    return columns[3] === '0A' && address(columns[1] ?? '') === addressAndPort;
  });
}

function seen(pid: number): SeenProcess[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return [];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return [{ pid, parent: Number(parent), command, environment: environmentOf(pid) }];
  } catch {
    return [];
  }
}

function environmentOf(pid: number): Record<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

function socketInodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}

/** `0100007F:1F90` (little-endian) as `127.0.0.1:8080`. */
function address(hex: string): string {
  const [ip = '', port = ''] = hex.split(':');
  const bytes = ip.match(/../g)?.reverse() ?? [];
  return `${bytes.map((byte) => Number.parseInt(byte, 16)).join('.')}:${Number.parseInt(port, 16)}`;
}
