import { delimited, encodeField, fields, isDelimited } from './protobuf.ts';
import { CLUSTER, LISTENER } from './xds-type.ts';

/** What stands for a compiled listener's wildcard address and a local app's loopback in this task; absent: left as compiled. */
export interface TaskAddresses {
  readonly bind?: string;
  readonly app?: string;
}

/** core.v3.Address.socket_address (1) → SocketAddress.address (2). */
const SOCKET_ADDRESS = [1, 2] as const;
/** Listener.address (2) and Listener.additional_addresses (33) → AdditionalAddress.address (1). */
const LISTENER_ADDRESSES = [
  [2, ...SOCKET_ADDRESS],
  [33, 1, ...SOCKET_ADDRESS],
] as const;
/** Cluster.load_assignment (33) → endpoints (2) → lb_endpoints (2) → endpoint (1) → address (1). */
const INLINE_ENDPOINTS = [33, 2, 2, 1, 1, ...SOCKET_ADDRESS] as const;
const WILDCARDS = ['0.0.0.0', '::'];
const LOOPBACKS = ['127.0.0.1', '::1'];
/** App Mesh's name of the clusters that are this task's own app; every other cluster is a peer and is left alone. */
const LOCAL_CLUSTER = /^cds_ingress_/;

/**
 * Puts the task's own addresses into a compiled resource: exactly the strings `0.0.0.0` and `::` of a listener's addresses and
 * exactly `127.0.0.1` and `::1` of a local cluster's inline endpoints. Everything else, EDS included, stays byte for byte as it
 * was.
 */
export function rewriteAddresses(type: string, name: string, body: Buffer, addresses: TaskAddresses): Buffer {
  const { bind, app } = addresses;
  if (type === LISTENER && bind !== undefined)
    return LISTENER_ADDRESSES.reduce((bytes, path) => replaceString(bytes, path, WILDCARDS, bind), body);
  if (type === CLUSTER && app !== undefined && LOCAL_CLUSTER.test(name))
    return replaceString(body, INLINE_ENDPOINTS, LOOPBACKS, app);
  return body;
}

/** Replaces the strings at a path of field numbers that are among `from`, mending the lengths of every message around them. */
export function replaceString(message: Buffer, path: readonly number[], from: readonly string[], to: string): Buffer {
  const [number, ...rest] = path;
  if (number === undefined) return from.includes(message.toString()) ? Buffer.from(to) : message;
  const parts: Buffer[] = [];
  for (const field of fields(message))
    parts.push(
      field.number === number && isDelimited(field)
        ? delimited(number, replaceString(field.value, rest, from, to))
        : encodeField(field),
    );
  return Buffer.concat(parts);
}
