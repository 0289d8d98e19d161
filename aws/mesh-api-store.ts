import type { MeshStore, Preview } from '#mesh/api/ports.ts';
import { compileCheck } from './compile-check.ts';
import { readConfig } from './config.ts';
import { logger } from './logger.ts';
import { meshStore } from './mesh-store.ts';
import { lostReferences } from './mesh-store-steps.ts';
import type { publishChanges } from './publish-changes.ts';
import { type Table, table } from './table.ts';

/** The mesh store on this function's environment: writes are compiled before they are stored, and published after. */
export function meshApiStore(): MeshStore {
  const items = table();
  return meshStore({
    client: items.client,
    table: items.name,
    quotas: readConfig().quotas,
    now: Date.now,
    check: compileCheck(items),
    preview: previewLazily(items),
    publish: async (change, outboxId) => {
      const { owner, mesh } = change.id;
      const changes = [change.id, ...lostReferences(change).map(({ target }) => target)];
      // The write is stored and its outbox item is there: whoever reads that will publish it.
      await publishLazily(owner, mesh, outboxId, changes).catch((error: Error) =>
        logger.warn('left to the outbox', { error, outboxId }),
      );
    },
  });
}

/** The publisher brings S3, IoT and Envoy's types, 75 ms of a cold start: reads, which are most requests, never pay it. */
async function publishLazily(...args: Parameters<typeof publishChanges>): Promise<void> {
  const publisher = await import('./publish-changes.ts');
  await publisher.publishChanges(...args);
}

/** Envoy's types, again: only a rehearsal compiles before anything is stored. */
function previewLazily(items: Table): Preview {
  return async (change) => {
    const { previewChange } = await import('./preview-change.ts');
    return previewChange(items)(change);
  };
}
