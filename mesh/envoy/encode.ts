import { createHash } from 'node:crypto';
import {
  type DescMessage,
  fromJson,
  type JsonValue,
  type MessageJsonType,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { ClusterSchema } from '#envoy-protos/envoy/config/cluster/v3/cluster_pb.js';
import { ClusterLoadAssignmentSchema } from '#envoy-protos/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema } from '#envoy-protos/envoy/config/listener/v3/listener_pb.js';
import { VirtualHostSchema } from '#envoy-protos/envoy/config/route/v3/route_components_pb.js';
import { RouteConfigurationSchema } from '#envoy-protos/envoy/config/route/v3/route_pb.js';
import { extensions } from './extension.ts';
import type { EnvoyResources } from './translate.ts';
import { wellFormed } from './well-formed.ts';

/** One encoded resource: `body` is base64 of the message, `version` names those bytes and nothing else. */
export interface EncodedResource {
  readonly version: string;
  readonly body: string;
}

/** type URL → resource name → resource. */
export type EncodedResources = Readonly<Record<string, Readonly<Record<string, EncodedResource>>>>;

/** Hex digits of a version: 64 bits, compared only with versions of the same resource. */
const VERSION_LENGTH = 16;

/** Encodes for the wire. Throws on a field or extension that the schemas do not know: a fault of ours, found by any test. */
export function encode(resources: EnvoyResources): EncodedResources {
  return {
    ...encodeAll(ListenerSchema, resources.listeners, ({ name }) => name),
    ...encodeAll(RouteConfigurationSchema, resources.routeConfigurations, ({ name }) => name),
    ...encodeAll(VirtualHostSchema, resources.virtualHosts, ({ name }) => name),
    ...encodeAll(ClusterSchema, resources.clusters, ({ name }) => name),
    ...encodeAll(ClusterLoadAssignmentSchema, resources.endpoints, ({ clusterName }) => clusterName),
  };
}

function encodeAll<S extends DescMessage>(
  schema: S,
  messages: readonly MessageJsonType<S>[],
  nameOf: (message: MessageJsonType<S>) => string | undefined,
): Record<string, Record<string, EncodedResource>> {
  const named = messages.map(
    (message) => [(nameOf(message) ?? '').toWellFormed(), encodeOne(schema, message)] as const,
  );
  return { [`type.googleapis.com/${schema.typeName}`]: Object.fromEntries(named) };
}

/**
 * How many encoded resources are kept, those of the proxies compiled last: some 20 MiB. Most of what a proxy gets, others get
 * as well, and most of it is the same the next time.
 */
const KEPT = 10_000;
const byMessage = new WeakMap<object, EncodedResource>();
const byText = new Map<string, EncodedResource>();

function encodeOne<S extends DescMessage>(schema: S, json: MessageJsonType<S>): EncodedResource {
  const known = byMessage.get(json as object) ?? encodeText(schema, json as JsonValue);
  byMessage.set(json as object, known);
  return known;
}

function encodeText(schema: DescMessage, json: JsonValue): EncodedResource {
  const key = `${schema.typeName} ${JSON.stringify(json)}`;
  const encoded = byText.get(key) ?? encodeAnew(schema, json);
  byText.set(key, encoded);
  const [oldest = key] = byText.size > KEPT ? byText.keys() : [];
  if (oldest !== key) byText.delete(oldest);
  return encoded;
}

function encodeAnew(schema: DescMessage, json: JsonValue): EncodedResource {
  return encodeMessage(schema, fromJson(schema, wellFormed(json), { registry: extensions }));
}

/** One message, encoded for the wire. */
export function encodeMessage<S extends DescMessage>(schema: S, message: MessageShape<S>): EncodedResource {
  const bytes = toBinary(schema, message);
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, VERSION_LENGTH);
  return { version, body: Buffer.from(bytes).toString('base64') };
}
