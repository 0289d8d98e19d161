import type { OperationName } from '../../mesh/api/model.ts';
import type { DifferenceName } from './differences.ts';

/** What the page says of one operation. */
export interface OperationRow {
  /** Full titles of the tests that are about this operation. */
  readonly tests: readonly string[];
  readonly differences: readonly DifferenceName[];
}

/** They hold for each of the operations alike, so that the table need not name them 38 times. */
export const testsOfAll: readonly string[] = [
  'the table has the 38 operations of the SDK and no other',
  '%s > has the method, path and status of the SDK',
  '%s > takes the input of the SDK: names, places, required fields, unions, all the way down',
  '%s > answers with the members of the SDK',
  '%s > accepts everything the service model allows',
  '%s > is read, or refused with one of its own errors, whatever is sent',
  '%s > answers nothing but refusals to what is not right, and never a 500 of its own',
  '%s takes the access it needs, on its own mesh, and no less',
  'whatever the names, the operation that was sent is among the readings, under its own signed path',
  'has by now called each of the 38 operations',
];

const created = 'creates every kind and a route of each protocol, and reads each spec as it was sent';
const updated = 'updates every kind, and finds what it wrote';
const listed = 'lists every kind without specs, in pages in the order of names';
const inUse = 'is told what still uses a resource that is to be deleted';
const deleted = 'deletes everything, users before what they use, and finds nothing any more';
const tagged = 'tags a resource, replaces a value by its key, and takes a tag away';
const refused = 'shows what is refused as the exception App Mesh gave, with the reason';
const applied = 'applies every kind';
const clean = 'then plans no change';
const changed = 'changes weights and tags in place';
const destroyed = 'destroys what is left';
const optionalSpec = 'a mesh and its spec > a mesh may be created and updated without a spec';
const oneToken = 'parallel writers > of two with one client token, both get the one answer';
const oneName = 'parallel writers > of two that create one name, one is told it exists';
const interleaved =
  'parallel writers, in any order of their requests > lose no update, leave no half of a reference, and owe one message each';
const pagesOf = 'a list is paged in the order of names and its tokens are good for that list alone';
const wholeList = 'a list is whole over many pages of any size';
const rehearsed = 'a rehearsal tells what would change for whom, and stores nothing';
const uncompilable = 'a write that cannot compile is refused with its reason, and so is its rehearsal: > %s';
const oneTransaction =
  'the way of a write up to its transaction > of a route is one batch read, one query of references and one transaction';
const routerPorts = "a second listener is refused while a route matches no port, in App Mesh's words";

const access = ['access', 'owner'] as const;
const written = ['compiles', 'unknown', 'body', 'size', 'token', 'access', 'owner'] as const;

const create = (tests: readonly string[], ...more: readonly DifferenceName[]): OperationRow => ({
  tests: [created, applied, oneName, oneToken, ...tests],
  differences: [...written, 'quotas', ...more],
});
const update = (...tests: readonly string[]): OperationRow => ({
  tests: [updated, changed, ...tests],
  differences: written,
});
const describe = (...tests: readonly string[]): OperationRow => ({
  tests: [updated, clean, ...tests],
  differences: access,
});
const list = (...tests: readonly string[]): OperationRow => ({
  tests: [listed, pagesOf, wholeList, ...tests],
  differences: access,
});
const remove = (...tests: readonly string[]): OperationRow => ({
  tests: [deleted, destroyed, ...tests],
  differences: [...access, 'inactive'],
});

/** One row for each operation of the model; the type refuses a missing one. */
export const operationRows: Readonly<Record<OperationName, OperationRow>> = {
  CreateGatewayRoute: create(['a gateway route > %j keeps every rule', 'a gateway route > %j breaks one rule']),
  CreateMesh: create([refused, optionalSpec], 'names'),
  CreateRoute: create(['a route > %s keeps every rule', 'a route > %j breaks one rule', uncompilable, interleaved]),
  CreateVirtualGateway: create(['listeners of a router and of a gateway stand on different ports'], 'names'),
  CreateVirtualNode: create([
    'a virtual node > %j keeps every rule',
    'a virtual node > %j breaks one rule',
    'a virtual service and a node may have a slash in their names',
    'quotas > bound the backends of one node',
  ]),
  CreateVirtualRouter: create(['listeners of a router and of a gateway stand on different ports'], 'names'),
  CreateVirtualService: create([
    'a service names its provider',
    'a virtual service and a node may have a slash in their names',
  ]),
  DeleteGatewayRoute: remove(),
  DeleteMesh: remove(inUse, 'cannot destroy a mesh that somebody else uses, and is told so'),
  DeleteRoute: remove(),
  DeleteVirtualGateway: remove(inUse, 'what keeps a router or a gateway is named'),
  DeleteVirtualNode: remove(inUse, interleaved),
  DeleteVirtualRouter: remove(inUse, 'what keeps a router or a gateway is named'),
  DeleteVirtualService: remove(inUse),
  DescribeGatewayRoute: describe('then plans no change, but for what somebody else has changed'),
  DescribeMesh: describe(deleted),
  DescribeRoute: describe(),
  DescribeVirtualGateway: describe(),
  DescribeVirtualNode: describe(refused),
  DescribeVirtualRouter: describe(),
  DescribeVirtualService: describe(),
  ListGatewayRoutes: list(),
  ListMeshes: { ...list(), differences: [...access, 'allMeshes'] },
  ListRoutes: list(),
  ListTagsForResource: {
    tests: [tagged, clean, 'tags > come in pages, in the order of keys, also when some were written between the pages'],
    differences: access,
  },
  ListVirtualGateways: list(),
  ListVirtualNodes: list('a thousand nodes are listed in ten pages by ten queries, each of its own page'),
  ListVirtualRouters: list(),
  ListVirtualServices: list(),
  TagResource: {
    tests: [tagged, changed, refused, 'parallel writers > tags of parallel writers all stay, and fifty is fifty'],
    differences: ['unknown', 'body', ...access],
  },
  UntagResource: {
    tests: [tagged, 'tags > are added and removed with an empty answer'],
    differences: ['unknown', 'body', ...access],
  },
  UpdateGatewayRoute: update('a gateway route > %j breaks one rule'),
  UpdateMesh: update(optionalSpec),
  UpdateRoute: update(
    refused,
    rehearsed,
    oneTransaction,
    interleaved,
    'parallel writers > every update of one route counts, and the last one is what is stored',
    'a target that does not exist is NotFound, and nothing is stored',
    'a replayed update is answered as it was, also when a later one came between',
  ),
  UpdateVirtualGateway: update(),
  UpdateVirtualNode: update('a virtual node > %j breaks one rule'),
  UpdateVirtualRouter: update(routerPorts),
  UpdateVirtualService: update(interleaved),
};
