import { createHash } from 'node:crypto';

/** Protocol versions this control plane writes and this agent reads, inclusive. */
export const PROTOCOL = { min: 1, max: 1 } as const;

/** What names a proxy on the wire: structurally the model's ProxyId (mesh/wire imports nothing). */
export interface ProxyName {
  readonly owner: string;
  readonly mesh: string;
  readonly kind: 'vn' | 'vg';
  readonly name: string;
}

const plain = /^[a-z0-9][a-z0-9_.-]{0,47}$/;
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * One segment of a topic, S3 key or SPIFFE id: the name itself where it is plain, else `_` + 26 base32 characters of its
 * SHA-256. Injective for all practical purposes: a plain segment never starts with `_`, and 130 bits do not collide.
 */
export function segment(name: string): string {
  if (plain.test(name)) return name;
  const digest = createHash('sha256').update(name).digest();
  let bits = 0n;
  for (const byte of digest.subarray(0, 17)) bits = (bits << 8n) | BigInt(byte);
  bits >>= 6n;
  let text = '';
  for (let i = 0; i < 26; i++, bits >>= 5n) text = base32[Number(bits & 31n)] + text;
  return `_${text}`;
}

/** `<owner>/<mesh>/<vn|vg>/<node>`: the one spelling of a proxy in keys, topics and paths. */
export function proxyKey(proxy: ProxyName): string {
  return `${proxy.owner}/${segment(proxy.mesh)}/${proxy.kind}/${segment(proxy.name)}`;
}

/** Name of the stack's bucket: fixed, so that an agent finds it from an ARN alone. */
export function bucketName(owner: string, region: string): string {
  return `weir-${owner}-${region}`;
}

/** Key of the object that tells an agent everything else. */
export const DISCOVERY_KEY = 'discovery.json';

/** S3 key of a proxy's snapshot in protocol version `v`. */
export function snapshotKey(key: string, v = 1): string {
  return `snap/v${v}/${key}.json`;
}

/** Topic on which news for all tasks of a proxy are published. */
export function newsTopic(key: string, v = 1): string {
  return `weir/${v}/${key}/all`;
}

/** Topic on which news for one task alone are published (re-send). */
export function taskTopic(key: string, task: string, v = 1): string {
  return `weir/${v}/${key}/${task}`;
}

/** Basic Ingest topic for a sidecar's reports; `stack` is the stack's name with `-` as `_` (IoT rule names allow no `-`). */
export function ackTopic(stack: string, key: string, task: string): string {
  return `$aws/rules/${stack}_ack/${key}/${task}`;
}

/** Basic Ingest topic for a sidecar's counts. */
export function telemetryTopic(stack: string, key: string, task: string): string {
  return `$aws/rules/${stack}_telemetry/${key}/${task}`;
}

/** MQTT client id of a task's agent: `<vn|vg>/<node>/<task>`, at most 84 of the 128 bytes AWS IoT allows. */
export function clientId(proxy: ProxyName, task: string): string {
  return `${proxy.kind}/${segment(proxy.name)}/${task}`;
}

/** Partition key of the tiny item the poll lane reads (`dynamodb:LeadingKeys` pins it to the task's role). */
export function revisionKey(key: string): string {
  return `REV#${key}`;
}

/** Sort key of that item; its attribute `rev` is the published revision. */
export const REVISION_SORT_KEY = 'REV';
