import type { EnvoyAdmin } from './envoy-admin.ts';
import { errorText, type Log } from './log.ts';

/** What a drain needs of Envoy, and how long it may take. */
export interface DrainOptions {
  readonly admin: Pick<EnvoyAdmin, 'failHealthChecks' | 'drainListeners' | 'stats'>;
  readonly waitMs: number;
  readonly log: Log;
}

const LOOK_MS = 100;
/** Nobody must have been connected for this long: peers hear of the endpoint's removal within a second, and may come until then. */
const QUIET_MS = 1_000;
/** Connections of the users' traffic: every listener's but the admin interface's own. */
const CONNECTIONS = '^listener\\..*\\.downstream_cx_active$';
const ADMIN_LISTENER = /^listener\.admin\./;

/**
 * Lets Envoy's connections come to their end: health checks fail, listeners drain, and it is waited until nobody
 * has been connected for a second, `waitMs` at most. Never rejects: an Envoy that does not answer has nothing to drain.
 */
export async function drain({ admin, waitMs, log }: DrainOptions): Promise<void> {
  const started = Date.now();
  try {
    await admin.failHealthChecks();
    await admin.drainListeners();
    const connectionsLeft = await quiet(admin, started + waitMs);
    log.info('drained', { milliseconds: Date.now() - started, connectionsLeft });
  } catch (error) {
    log.warn('drainCutShort', { error: errorText(error) });
  }
}

/** Connections that are left when it has been quiet for long enough, or the deadline has passed. */
async function quiet(admin: Pick<EnvoyAdmin, 'stats'>, deadline: number): Promise<number> {
  let lastSeen = Date.now();
  for (;;) {
    const active = await connections(admin);
    const now = Date.now();
    if (active > 0) lastSeen = now;
    if (now - lastSeen >= QUIET_MS || now >= deadline) return active;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function connections(admin: Pick<EnvoyAdmin, 'stats'>): Promise<number> {
  const stats = await admin.stats(CONNECTIONS);
  return [...stats].reduce((sum, [name, value]) => (ADMIN_LISTENER.test(name) ? sum : sum + value), 0);
}
