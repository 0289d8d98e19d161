import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '#mesh/wire/snapshot.ts';
import type { SecretIssuer } from './acm.ts';
import { AdsServer } from './ads-server.ts';
import { bootstrap } from './bootstrap.ts';
import type { Config } from './config.ts';
import { drain } from './drain.ts';
import { EnvoyAdmin } from './envoy-admin.ts';
import { EnvoyProcess } from './envoy-process.ts';
import { httpRequest } from './http-request.ts';
import type { Log } from './log.ts';
import { METRICS_SOURCE } from './metrics-extension.ts';
import { Readiness } from './readiness.ts';
import { decodeResources } from './resources.ts';
import { SecretSupply } from './secret-supply.ts';
import { Sequencer } from './sequencer.ts';
import type { SnapshotCache } from './snapshot-cache.ts';

/** What the data plane tells. */
export interface DataPlaneListener {
  applied(snapshot: Snapshot): void;
  rejected(snapshot: Snapshot, type: string, text: string): void;
  /** Told after every look. `version` is Envoy's, once it answers. */
  looked(ready: boolean, version: string | undefined): void;
  /** Envoy crashed more often than it may. */
  gone(): void;
  /** What keeps secrets from being served now, one sentence each. */
  problems(texts: readonly string[]): void;
}

/** Envoy and everything that drives it. Needs no control plane: with a snapshot on disk it serves from the start. */
export class DataPlane {
  readonly admin: EnvoyAdmin;
  readonly #config: Config;
  readonly #cache: SnapshotCache;
  readonly #log: Log;
  readonly #ads: AdsServer;
  readonly #sequencer: Sequencer;
  readonly #secrets: SecretSupply;
  readonly #envoy: EnvoyProcess;
  readonly #readiness: Readiness;
  #applied: Snapshot | undefined;

  constructor(config: Config, cache: SnapshotCache, issuer: SecretIssuer, log: Log, listener: DataPlaneListener) {
    const { envoy, stateDirectory, addresses } = config;
    this.#config = config;
    this.#cache = cache;
    this.#log = log;
    this.admin = new EnvoyAdmin(envoy.admin, httpRequest);
    this.#ads = new AdsServer(log);
    const told = { changed: () => this.#ads.offerSecrets(), problems: listener.problems };
    this.#secrets = new SecretSupply(issuer, config.renewalSeconds * 1000, told, log);
    this.#sequencer = new Sequencer(
      this.#ads,
      {
        applied: ({ snapshot }) => this.#keep(snapshot, listener),
        rejected: ({ snapshot }, type, text) => listener.rejected(snapshot, type, text),
      },
      log,
    );
    const args = this.#arguments();
    const { binary, restarts, admin } = envoy;
    this.#envoy = new EnvoyProcess({
      binary,
      arguments: args,
      admin,
      stateDirectory,
      restarts,
      log,
      gone: listener.gone,
    });
    this.#readiness = new Readiness({
      admin: this.admin,
      appAddresses: addresses.app === undefined ? ['127.0.0.1', '::1'] : [addresses.app],
      appPorts: () => this.#applied?.appPorts,
      looked: (ready, info) => listener.looked(ready, info?.version),
    });
  }

  /** Listens, starts or takes over Envoy (it answers which) and serves `start`, the snapshot on disk, if there is one. */
  async start(start: Snapshot | undefined): Promise<'adopted' | 'started'> {
    const { stateDirectory, envoy, nodeCluster, resource, sdsSocket } = this.#config;
    const kind = resource.kind === 'vn' ? 'virtualNode' : 'virtualGateway';
    const nodeId = `mesh/${resource.mesh}/${kind}/${resource.name}`;
    const adsSocket = join(stateDirectory, 'ads.sock');
    await this.#ads.listen(adsSocket, this.#sequencer, this.#secrets);
    const options = {
      ...{ nodeId, nodeCluster, admin: envoy.admin, adsSocket },
      ...(sdsSocket && { sdsSocket }),
      ...(this.#config.metricsExtension && { moreStatistics: METRICS_SOURCE }),
      ...(this.#config.statsTags && { tags: statsTags(resource) }),
    };
    writeFileSync(this.#bootstrapFile, JSON.stringify(bootstrap(options), null, 1), { mode: 0o600 });
    if (start !== undefined) this.apply(start);
    const how = this.#envoy.start();
    this.#readiness.start();
    return how;
  }

  /** Starts taking Envoy to `snapshot`. */
  apply(snapshot: Snapshot): void {
    this.#sequencer.apply({ snapshot, resources: decodeResources(snapshot.resources, this.#config.addresses) });
  }

  /** Readiness is told no more; connections end; Envoy ends. */
  async stop(): Promise<void> {
    await drain({ admin: this.admin, waitMs: this.#config.drainWaitSeconds * 1000, log: this.#log });
    await this.#envoy.stop();
    this.#sequencer.stop();
    this.#secrets.stop();
    this.#ads.close();
  }

  /** Stops looking whether the task is ready: it leaves. */
  leave(): void {
    this.#readiness.stop();
  }

  get #bootstrapFile(): string {
    return join(this.#config.stateDirectory, 'bootstrap.json');
  }

  #arguments(): string[] {
    const { logLevel, concurrency, drainSeconds } = this.#config.envoy;
    return [
      ...['-c', this.#bootstrapFile, '--log-level', logLevel, '--concurrency', String(concurrency)],
      ...['--drain-time-s', String(drainSeconds), '--disable-hot-restart', '--skip-deprecated-logs'],
    ];
  }

  #keep(snapshot: Snapshot, listener: DataPlaneListener): void {
    const known = this.#applied?.rev === snapshot.rev && this.#applied.hash === snapshot.hash;
    this.#applied = snapshot;
    if (!known) this.#cache.save(snapshot);
    this.#readiness.soon();
    listener.applied(snapshot);
  }
}

/** The tags of App Mesh's ENABLE_ENVOY_STATS_TAGS. */
function statsTags({ mesh, kind, name }: Config['resource']): Readonly<Record<string, string>> {
  return { 'appmesh.mesh': mesh, [kind === 'vn' ? 'appmesh.virtual_node' : 'appmesh.virtual_gateway']: name };
}
