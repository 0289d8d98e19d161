import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type EnvoyResources, translate } from '#mesh/envoy/translate.ts';
import { type BuiltProxy, buildProxy } from '#mesh/ir/build-proxy.ts';
import type { Interception } from '#mesh/model/endpoint.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import { type MeshFile, proxyId, viewOf } from './mesh-view.ts';

/** One folder of `test/golden`: its `mesh.yaml` holds a mesh, the proxy to compile and its interception mode. */
export interface GoldenCase {
  readonly name: string;
  readonly folder: string;
  readonly view: MeshView;
  readonly proxy: ProxyId;
  readonly interception: Interception;
}

export const goldenRoot = join(import.meta.dirname, '../golden');

/** Every case, by folder. */
export function goldenCases(): GoldenCase[] {
  return readdirSync(goldenRoot)
    .sort()
    .map((name) => {
      const folder = join(goldenRoot, name);
      const file = parse(readFileSync(join(folder, 'mesh.yaml'), 'utf8')) as CaseFile;
      const view = viewOf(file);
      return { name, folder, view, proxy: proxyId(view, file.proxy), interception: file.interception };
    });
}

interface CaseFile extends MeshFile {
  readonly proxy: string;
  readonly interception: Interception;
}

/** What a case compiles to. */
export function compileCase({ view, proxy, interception }: GoldenCase): BuiltProxy & { envoy: EnvoyResources } {
  const built = buildProxy(view, proxy, { interception });
  return { ...built, envoy: translate(built.ir) };
}
