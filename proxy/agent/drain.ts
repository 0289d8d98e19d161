import type { EnvoyAdmin } from './envoy-admin.ts';
import { errorText, type Log } from './log.ts';

/** What a drain needs of Envoy, and how long it may take. */
export interface DrainOptions {
  readonly admin: Pick<EnvoyAdmin, 'failHealthChecks' | 'drainListeners' | 'stats'>;
  readonly waitMs: number;
  readonly log: Log;
}

const LOOK_MS = 100;
/** Connections of the users' traffic: every listener's but the admin interface's own. */
const CONNECTIONS = '^listener\\..*\\.downstream_cx_active$';
const ADMIN_LISTENER = /^listener\.admin\./;

/**
 * Lets Envoy's connections come to their end: health checks fail, listeners drain, and it is waited until nobody is
 * connected any more, `waitMs` at most. Never rejects: an Envoy that does not answer has nothing to drain.
 */
export async function drain({ admin, waitMs, log }: DrainOptions): Promise<void> {
  const started = Date.now();
  try {
    await admin.failHealthChecks();
    await admin.drainListeners();
    let active = await connections(admin);
    while (active > 0 && Date.now() - started < waitMs) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      active = await connections(admin);
    }
    log.info('drained', { milliseconds: Date.now() - started, connectionsLeft: active });
  } catch (error) {
    log.warn('drainCutShort', { error: errorText(error) });
  }
}

async function connections(admin: Pick<EnvoyAdmin, 'stats'>): Promise<number> {
  const stats = await admin.stats(CONNECTIONS);
  return [...stats].reduce((sum, [name, value]) => (ADMIN_LISTENER.test(name) ? sum : sum + value), 0);
}
