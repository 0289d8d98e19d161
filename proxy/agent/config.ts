import { isAbsolute } from 'node:path';
import type { Discovery } from '#mesh/wire/discovery.ts';
import type { AgentApiAddress } from './agent-api.ts';
import { parseResourceArn, type ResourceArn } from './resource-arn.ts';
import type { TaskAddresses } from './rewrite-addresses.ts';

/** Environment of the container. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `push`: MQTT, with the slow poll behind it; `poll`: never MQTT; `auto`: MQTT, and a fast poll whenever it is down. */
export type ChannelMode = 'auto' | 'push' | 'poll';

/** Where Envoy's admin interface listens: a TCP port, or a unix socket. */
export type AdminAddress = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** Everything the environment tells the agent, checked and with defaults filled. */
export interface Config {
  readonly resource: ResourceArn;
  readonly nodeCluster: string;
  readonly region?: string;
  readonly discovery?: Discovery;
  readonly endpoints: {
    readonly s3?: string;
    readonly dynamodb?: string;
    readonly iot?: string;
    readonly acm?: string;
    readonly acmPca?: string;
  };
  readonly addresses: TaskAddresses;
  readonly stateDirectory: string;
  readonly channel: ChannelMode;
  readonly envoy: {
    readonly binary: string;
    readonly logLevel: string;
    readonly concurrency: number;
    readonly admin: AdminAddress;
    readonly drainSeconds: number;
    readonly restarts: number;
  };
  readonly drainWaitSeconds: number;
  /** How often certificates of ACM are asked for again. */
  readonly renewalSeconds: number;
  readonly metadataUri?: string;
  /** Where the agent's own API listens; absent: nowhere. */
  readonly agentApi?: AgentApiAddress;
  /** App Mesh's metrics are asked for: Envoy keeps what they are made from. */
  readonly metricsExtension: boolean;
  /** Every statistic of Envoy names its mesh and virtual node or gateway. */
  readonly statsTags: boolean;
  /** The user's own SDS server: what App Mesh's `sds` certificates come from. */
  readonly sdsSocket?: string;
  /** App Mesh variables that mean nothing here, or had a value that was replaced by its default: for the log. */
  readonly ignored: readonly string[];
}

/** The environment names no proxy, or holds values that cannot be used; `problems` has one line for each. */
export class InvalidConfiguration extends Error {
  override name = 'InvalidConfiguration';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** A unix socket's path ends at 107 bytes on Linux; the longest name below the state directory takes 12. */
const MAX_STATE_DIRECTORY = 95;
/** Envoy's own names of its levels; App Mesh's agent took any other value for `info`. */
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'critical', 'off'];
/** App Mesh brought a renewed certificate to its proxies within 35 minutes; with its spread this stays below. */
const RENEWAL_SECONDS = 1_500;
/** Prefixes of the variables that App Mesh's agent knew (its README); those not read here are named in the log. */
const APP_MESH_VARIABLE = /^(APPMESH_|APPNET_|ENVOY_|ENABLE_ENVOY_|XRAY_|DATADOG_|JAEGER_|STATSD_|HC_|PID_POLL_)/;
const READ = new Set([
  ...['APPMESH_RESOURCE_ARN', 'APPMESH_RESOURCE_NAME', 'APPMESH_VIRTUAL_NODE_NAME', 'APPMESH_RESOURCE_CLUSTER'],
  ...['APPMESH_VIRTUAL_NODE_CLUSTER', 'ENVOY_LOG_LEVEL', 'ENVOY_CONCURRENCY', 'ENVOY_ADMIN_ACCESS_PORT'],
  ...['APPNET_AGENT_ADMIN_MODE', 'APPNET_AGENT_HTTP_PORT', 'APPNET_AGENT_HTTP_BIND_ADDRESS'],
  ...['APPNET_AGENT_ADMIN_UDS_PATH', 'APPMESH_METRIC_EXTENSION_VERSION', 'ENABLE_ENVOY_STATS_TAGS'],
  ...['ENVOY_ADMIN_MODE', 'APPNET_ENVOY_RESTART_COUNT', 'APPMESH_SDS_SOCKET_PATH'],
]);

/** Reads and checks the whole environment. Throws {@link InvalidConfiguration} with every problem, not just the first. */
export function readConfig(env: Environment): Config {
  const reader = new Reader(env);
  const config = { ...readProxy(reader), ...readPlaces(reader), ...readStatistics(reader), envoy: readEnvoy(reader) };
  const drainWaitSeconds = reader.number('LISTENER_DRAIN_WAIT_TIME_S', 20, 5, 110);
  const renewalSeconds = reader.number('WEIR_SECRET_RENEWAL_S', RENEWAL_SECONDS, 1, 1_800);
  if (reader.problems.length > 0) throw new InvalidConfiguration(reader.problems);
  const unknown = Object.keys(env).filter((name) => APP_MESH_VARIABLE.test(name) && !READ.has(name));
  return { ...config, drainWaitSeconds, renewalSeconds, ignored: [...unknown, ...reader.replaced] };
}

function readProxy(reader: Reader): Pick<Config, 'resource' | 'nodeCluster' | 'region'> {
  const text = reader.first('APPMESH_RESOURCE_ARN', 'APPMESH_RESOURCE_NAME', 'APPMESH_VIRTUAL_NODE_NAME');
  const resource = parseResourceArn(text ?? '');
  if (text === undefined)
    reader.problem('APPMESH_RESOURCE_ARN is not set: which virtual node or gateway is this task?');
  else if (resource === undefined)
    reader.problem(`APPMESH_RESOURCE_ARN: "${text}" is no ARN of a virtual node or gateway, nor mesh/M/virtualNode/N`);
  const region = resource?.region ?? reader.first('AWS_REGION', 'AWS_DEFAULT_REGION');
  return {
    resource: resource ?? { mesh: '', kind: 'vn', name: '' },
    nodeCluster: reader.first('APPMESH_RESOURCE_CLUSTER', 'APPMESH_VIRTUAL_NODE_CLUSTER') ?? text ?? '',
    ...(region !== undefined && { region }),
  };
}

function readPlaces(
  reader: Reader,
): Pick<Config, 'discovery' | 'endpoints' | 'addresses' | 'stateDirectory' | 'channel' | 'metadataUri' | 'sdsSocket'> {
  const stateDirectory = reader.text('WEIR_STATE_DIR') ?? '/run/weir';
  if (!isAbsolute(stateDirectory) || stateDirectory.length > MAX_STATE_DIRECTORY)
    reader.problem(`WEIR_STATE_DIR: must be absolute and at most ${MAX_STATE_DIRECTORY} characters`);
  const bind = reader.text('WEIR_BIND_ADDRESS');
  const app = reader.text('WEIR_APP_ADDRESS');
  const metadataUri = reader.text('ECS_CONTAINER_METADATA_URI_V4');
  const discovery = reader.json<Discovery>('WEIR_DISCOVERY');
  const sdsSocket = reader.text('APPMESH_SDS_SOCKET_PATH')?.replace(/^unix:(\/\/)?/, '');
  return {
    stateDirectory,
    channel: reader.oneOf('WEIR_CHANNEL', ['auto', 'push', 'poll'], 'auto'),
    addresses: { ...(bind !== undefined && { bind }), ...(app !== undefined && { app }) },
    endpoints: {
      ...reader.endpoint('s3', 'AWS_ENDPOINT_URL_S3'),
      ...reader.endpoint('dynamodb', 'AWS_ENDPOINT_URL_DYNAMODB'),
      ...reader.endpoint('iot', 'AWS_ENDPOINT_URL_IOT'),
      ...reader.endpoint('acm', 'AWS_ENDPOINT_URL_ACM'),
      ...reader.endpoint('acmPca', 'AWS_ENDPOINT_URL_ACM_PCA'),
    },
    ...(metadataUri !== undefined && { metadataUri }),
    ...(sdsSocket !== undefined && { sdsSocket }),
    ...(discovery !== undefined && { discovery }),
  };
}

/** App Mesh's switches of what Envoy counts and who may read it. */
function readStatistics(reader: Reader): Pick<Config, 'agentApi' | 'metricsExtension' | 'statsTags'> {
  const mode = reader.text('APPNET_AGENT_ADMIN_MODE');
  const host = (
    reader.text('APPNET_AGENT_HTTP_BIND_ADDRESS') ??
    reader.text('WEIR_BIND_ADDRESS') ??
    '127.0.0.1'
  ).replace(/^\[(.*)\]$/, '$1');
  const port = reader.number('APPNET_AGENT_HTTP_PORT', 9902, 1, 65_535);
  const socketPath = reader.text('APPNET_AGENT_ADMIN_UDS_PATH') ?? '/var/run/ecs/appnet_admin.sock';
  return {
    ...(mode === 'tcp' && { agentApi: { host, port } }),
    ...(mode === 'uds' && { agentApi: { socketPath } }),
    metricsExtension: reader.text('APPMESH_METRIC_EXTENSION_VERSION') === '1',
    statsTags: ['1', 'true'].includes(reader.text('ENABLE_ENVOY_STATS_TAGS') ?? ''),
  };
}

function readEnvoy(reader: Reader): Config['envoy'] {
  const level = reader.text('ENVOY_LOG_LEVEL') ?? 'info';
  if (!LOG_LEVELS.includes(level)) reader.replaced.push('ENVOY_LOG_LEVEL');
  const host = reader.text('WEIR_ADMIN_ADDRESS') ?? reader.text('WEIR_BIND_ADDRESS') ?? '127.0.0.1';
  const port = reader.number('ENVOY_ADMIN_ACCESS_PORT', 9901, 1, 65_535);
  const mode = reader.oneOf('ENVOY_ADMIN_MODE', ['tcp', 'uds'], 'tcp');
  return {
    binary: reader.text('WEIR_ENVOY') ?? '/usr/bin/envoy',
    logLevel: LOG_LEVELS.includes(level) ? level : 'info',
    concurrency: reader.number('ENVOY_CONCURRENCY', 1, 1, 1024),
    admin: mode === 'uds' ? { socketPath: '/tmp/envoy_admin.sock' } : { host, port },
    drainSeconds: 5,
    restarts: reader.number('APPNET_ENVOY_RESTART_COUNT', 3, 0, 10),
  };
}

/** Reads variables and gathers what is wrong with them. An empty value counts as absent, as in ECS task definitions. */
class Reader {
  readonly problems: string[] = [];
  readonly replaced: string[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  text(name: string): string | undefined {
    return this.#env[name] || undefined;
  }

  first(...names: string[]): string | undefined {
    return names.map((name) => this.text(name)).find((value) => value !== undefined);
  }

  problem(text: string): void {
    this.problems.push(text);
  }

  oneOf<const T extends string>(name: string, values: readonly T[], otherwise: NoInfer<T>): T {
    const value = this.text(name) ?? otherwise;
    const known = values.find((candidate) => candidate === value);
    if (known === undefined) this.problem(`${name}: "${value}" is none of ${values.join(', ')}`);
    return known ?? otherwise;
  }

  /** A whole number; one out of range becomes the default and is named in the log, as App Mesh's agent did. */
  number(name: string, otherwise: number, min: number, max: number): number {
    const value = Number(this.text(name) ?? otherwise);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    this.replaced.push(name);
    return otherwise;
  }

  endpoint<K extends string>(key: K, name: string): { [P in K]?: string } {
    const url = this.first(name, 'AWS_ENDPOINT_URL');
    if (url === undefined) return {};
    if (!URL.canParse(url)) this.problem(`${name}: "${url}" is no URL`);
    return { [key]: url.replace(/\/$/, '') } as { [P in K]?: string };
  }

  json<T>(name: string): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as T;
    } catch {
      this.problem(`${name}: is not JSON (the text of discovery.json is expected)`);
      return undefined;
    }
  }
}
