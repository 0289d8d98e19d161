/** Something App Mesh did otherwise, on purpose, and why. */
export interface Difference {
  /** What a client sees; Markdown. */
  readonly what: string;
  readonly why: string;
  /** Full titles of the tests that hold it. */
  readonly tests: readonly string[];
}

/** Where Weir's API is known to differ from App Mesh's. */
export const differences = {
  compiles: {
    what: 'A write that cannot be compiled is a BadRequestException that names the field: a target of another protocol or without the port, two routes or backends that exclude each other, an access log format or a regular expression Envoy would refuse.',
    why: 'App Mesh took such a write and dropped the traffic, or the whole configuration, without a word.',
    tests: [
      'a write that cannot compile is refused with its reason, and so is its rehearsal: > %s',
      'one transaction > stores nothing when the compiler refuses',
    ],
  },
  unknown: {
    what: 'A field or query parameter the model does not know, and a key that stands twice, are a BadRequestException.',
    why: 'A typo is not to pass for a setting. Clients made from the model cannot send one.',
    tests: [
      'a query parameter nobody knows is refused, for it would be taken as heard',
      '%s names a key twice and is refused with its place',
      '%s is named with its path, value and rule',
    ],
  },
  body: {
    what: 'A body of more than 1 MB or 100 levels, or of another content type than JSON, is a BadRequestException.',
    why: 'No spec needs more; App Mesh did not say where its own limits were.',
    tests: [
      'a body > over a megabyte is refused before it is read',
      'a body > of %s levels is refused',
      'a body > of content type %s is refused',
    ],
  },
  names: {
    what: 'The names of meshes, virtual routers and virtual gateways hold no `/`.',
    why: '`mesh/m/virtualRouter/r/route/x` would be the ARN of two things ([ADR 52](adr/0052-the-signature-decides-what-a-path-means.md)).',
    tests: [
      '%s refuses a name that would make ARNs ambiguous',
      'a virtual service and a node may have a slash in their names',
    ],
  },
  quotas: {
    what: "A quota is ten times App Mesh's, or App Mesh's own with the template's `Quotas: strict`; each can be set.",
    why: 'They were the reason for support tickets, not for protection; an end to a loop that creates meshes is.',
    tests: [
      'a setting of quotas > has ten times what App Mesh had, unless it says strict',
      'quotas > of App Mesh are kept by a stack that says strict, by a rehearsal too',
      'parallel writers, in any order of their requests > never pass a quota together',
    ],
  },
  size: {
    what: 'A spec that does not fit into 400 KB, or names more resources at once than one transaction holds, is a BadRequestException.',
    why: "It is stored in one DynamoDB transaction. App Mesh's own limit was not published.",
    tests: [
      'one transaction > a spec too large for an item is a BadRequest',
      'one transaction > refuses more references at once than one transaction holds',
    ],
  },
  token: {
    what: 'A client token is remembered for 24 hours.',
    why: 'App Mesh did not say for how long; SDKs repeat a request within seconds.',
    tests: ['a client token is free again after a day'],
  },
  access: {
    what: 'Requests are signed with Weir credentials, and what they allow is read, write or admin (create and delete meshes) for one mesh or all; a policy for `appmesh:*` means nothing. A refusal is a ForbiddenException that starts with its reason.',
    why: 'Nobody but AWS can verify a signature of an IAM key ([ADR 51](adr/0051-weir-credentials-store-nothing.md)). Who may ask for which credentials is an IAM policy on `execute-api`.',
    tests: [
      'credentials reach no further than their mesh and access',
      'with keys that may only read, reads, and is forbidden to write',
      '%s takes the access it needs, on its own mesh, and no less',
    ],
  },
  allMeshes: {
    what: 'The list of meshes takes credentials for all meshes.',
    why: "Credentials for one mesh are not to see the others' names.",
    tests: ['%s takes the access it needs, on its own mesh, and no less'],
  },
  owner: {
    what: 'A `meshOwner` that is not the account of the stack is a ForbiddenException: meshes are not shared between accounts.',
    why: 'App Mesh shared them by AWS RAM, which knows no resources of ours.',
    tests: ["another account's mesh is Forbidden, and another account's credentials open nothing"],
  },
  inactive: {
    what: 'A status is ACTIVE or, in the answer to a delete, DELETED.',
    why: 'App Mesh documented INACTIVE and nobody ever saw it.',
    tests: ['a resource > is answered in its new version when updated, and as DELETED when deleted'],
  },
} as const satisfies Readonly<Record<string, Difference>>;

export type DifferenceName = keyof typeof differences;
