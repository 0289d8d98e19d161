import type { Discovery } from '#mesh/wire/discovery.ts';
import { ackTopic, clientId, newsTopic, PROTOCOL, proxyKey, taskTopic, telemetryTopic } from '#mesh/wire/names.ts';
import type { ProxyReport, TelemetryReport } from '#mesh/wire/report.ts';
import type { Snapshot } from '#mesh/wire/snapshot.ts';
import { fullJitter } from './backoff.ts';
import type { Config, Environment } from './config.ts';
import { type ControlPlaneOptions, controlPlane, readDiscovery } from './control-plane.ts';
import { credentialSource } from './credentials.ts';
import { Follower, type FollowerListener } from './follower.ts';
import { httpRequest } from './http-request.ts';
import { errorText, type Log } from './log.ts';
import { PushChannel, type PushState } from './push-channel.ts';
import { readTaskMetadata } from './task-metadata.ts';

/** What the link tells: snapshots, requests for a report, and that reports can be sent (again). */
export interface LinkListener extends FollowerListener {
  connected(): void;
}

interface Session {
  readonly channel: PushChannel | undefined;
  readonly ackTopic: string;
  readonly telemetryTopic: string;
}

const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 30_000;

/**
 * The agent's way to the control plane. Everything on it may be missing, at first or for days: each part is tried again with
 * full jitter, and the data plane never waits for it.
 */
export class ControlLink {
  readonly #config: Config;
  readonly #env: Environment;
  readonly #log: Log;
  #session: Session | undefined;
  #follower: Follower | undefined;
  #stopped = false;

  constructor(config: Config, env: Environment, log: Log) {
    this.#config = config;
    this.#env = env;
    this.#log = log;
  }

  /** Finds the control plane and follows it, starting from the snapshot on disk. Resolves when it follows, or is stopped. */
  async start(start: Snapshot | undefined, listener: LinkListener): Promise<void> {
    for (let attempt = 0; !this.#stopped; attempt++) {
      try {
        return await this.#follow(start, listener);
      } catch (error) {
        this.#log.warn('controlPlaneNotFound', { error: errorText(error), attempt });
        await new Promise((resolve) => setTimeout(resolve, fullJitter(attempt, RETRY_BASE_MS, RETRY_CAP_MS)));
      }
    }
  }

  /** Sends a report; rejects while there is no session (polling has no way up). */
  async report(report: ProxyReport): Promise<void> {
    await this.#publish(this.#session?.ackTopic, report);
  }

  /** Sends one interval's counts; rejects while there is no session. */
  async counts(report: TelemetryReport): Promise<void> {
    await this.#publish(this.#session?.telemetryTopic, report);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#follower?.stop();
    await this.#session?.channel?.stop();
  }

  async #publish(topic: string | undefined, report: object): Promise<void> {
    const channel = this.#session?.channel;
    if (topic === undefined || channel === undefined) throw new Error('no way up to the control plane');
    await channel.publish(topic, JSON.stringify(report));
  }

  async #follow(start: Snapshot | undefined, listener: LinkListener): Promise<void> {
    const identity = await this.#identify();
    const { options, key, task } = identity;
    const discovery = this.#config.discovery ?? (await readDiscovery(options));
    checkProtocol(discovery);
    this.#log.info('controlPlaneFound', { proxy: key, task, bucket: discovery.bucket, iot: discovery.iot });
    const held = start?.proxy === key ? start : undefined;
    const follower = new Follower(controlPlane(options, discovery), key, held, listener, this.#log);
    this.#follower = follower;
    const up = {
      ackTopic: ackTopic(discovery.stack, key, task),
      telemetryTopic: telemetryTopic(discovery.stack, key, task),
    };
    const channel =
      this.#config.channel === 'poll' ? undefined : this.#channel(identity, discovery, follower, listener);
    this.#session = { channel, ...up };
    follower.pushChanged(false);
    follower.refresh();
    void channel?.run();
  }

  #channel(
    { options, key, task }: Identity,
    discovery: Discovery,
    follower: Follower,
    listener: LinkListener,
  ): PushChannel {
    const { endpoints, resource, channel } = this.#config;
    return new PushChannel({
      host: discovery.iot,
      ...(endpoints.iot !== undefined && { endpoint: endpoints.iot }),
      region: options.region,
      clientId: clientId({ owner: options.owner, ...resource }, task),
      topics: [newsTopic(key), taskTopic(key, task)],
      credentials: options.credentials,
      log: this.#log,
      news: (payload) => follower.news(payload),
      changed: (state: PushState) => {
        this.#log.info('push', { state });
        follower.pushChanged(state === 'up' || channel === 'push');
        if (state !== 'down') listener.connected();
      },
    });
  }

  async #identify(): Promise<Identity> {
    const { metadataUri, resource, endpoints } = this.#config;
    if (metadataUri === undefined) throw new Error('ECS_CONTAINER_METADATA_URI_V4 is not set: is this an ECS task?');
    const metadata = await readTaskMetadata(metadataUri, httpRequest);
    const owner = resource.owner ?? metadata.account;
    const region = this.#config.region ?? metadata.region;
    const credentials = credentialSource(this.#env, httpRequest);
    const options = { owner, region, endpoints, credentials, request: httpRequest };
    return { options, key: proxyKey({ ...resource, owner }), task: metadata.task };
  }
}

interface Identity {
  readonly options: ControlPlaneOptions;
  readonly key: string;
  readonly task: string;
}

function checkProtocol({ protocol: [min, max] }: Discovery): void {
  if (max < PROTOCOL.min || min > PROTOCOL.max)
    throw new Error(
      `the control plane speaks protocol ${min}–${max}, this agent ${PROTOCOL.min}–${PROTOCOL.max}: use the image of its release`,
    );
}
