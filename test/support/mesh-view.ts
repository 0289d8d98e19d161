import { parse } from 'yaml';
import { parseArn } from '#mesh/model/arn.ts';
import type { CloudMapInstance } from '#mesh/model/cloud-map-instance.ts';
import type { Endpoint } from '#mesh/model/endpoint.ts';
import type { MeshView } from '#mesh/model/mesh-view.ts';
import type { ProxyId } from '#mesh/model/proxy-id.ts';
import type { Resource } from '#mesh/model/resource.ts';
import type { Split } from '#mesh/model/split.ts';

/** A mesh as tests write it: resources by the path of their ARN after `mesh/<name>/`, specs as clients send them. */
export interface MeshFile {
  readonly mesh?: string;
  readonly spec?: object;
  /** e.g. `virtualRouter/orders/route/main: { httpRoute: … }`. */
  readonly resources: Readonly<Record<string, object>>;
  readonly endpoints?: Readonly<Record<string, readonly Endpoint[]>>;
  readonly splits?: Readonly<Record<string, Split>>;
  readonly cloudMap?: Readonly<Record<string, readonly CloudMapInstance[]>>;
}

export const OWNER = '111122223333';

/** Reads a mesh from YAML. */
export function meshView(text: string): MeshView {
  return viewOf(parse(text) as MeshFile);
}

/** The view that a {@link MeshFile} stands for. */
export function viewOf(file: MeshFile): MeshView {
  const { mesh = 'shop', spec = {}, resources, endpoints = {}, splits = {}, cloudMap = {} } = file;
  const all = Object.entries({ [`mesh/${mesh}`]: spec, ...prefixed(mesh, resources) });
  return {
    owner: OWNER,
    mesh,
    resources: all.map(([path, body]) => resource(path, body)),
    endpoints: new Map(Object.entries(endpoints)),
    splits: new Map(Object.entries(splits)),
    cloudMap: new Map(Object.entries(cloudMap)),
  };
}

const prefixed = (mesh: string, resources: MeshFile['resources']) =>
  Object.fromEntries(Object.entries(resources).map(([path, spec]) => [`mesh/${mesh}/${path}`, spec]));

function resource(path: string, spec: object): Resource {
  const id = parseArn(path);
  if (id === undefined) throw new Error(`not the path of an App Mesh ARN: ${path}`);
  const { mesh, kind, parent, name } = id;
  const common = { owner: OWNER, mesh, name, uid: path, version: 1, createdAt: 0, lastUpdatedAt: 0 };
  return { ...common, kind, ...(parent !== undefined && { parent }), spec } as Resource;
}

/** A proxy as tests name it: `virtualNode/front`, `virtualGateway/edge`. */
export function proxyId(view: MeshView, path: string): ProxyId {
  const [kind, name = ''] = path.split('/');
  return { owner: view.owner, mesh: view.mesh, kind: kind === 'virtualGateway' ? 'vg' : 'vn', name };
}
