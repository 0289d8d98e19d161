import type { ProxyId } from '#mesh/model/proxy-id.ts';

/** A proxy as one comparable string. */
export function proxyName({ owner, mesh, kind, name }: ProxyId): string {
  return JSON.stringify([owner, mesh, kind, name]);
}
