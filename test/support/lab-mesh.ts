/** The applications that stand for a virtual node's tasks, by address; `canary` puts some of them into a rollout's second variant. */
export interface LabNode {
  readonly stable: readonly string[];
  readonly canary?: { readonly addresses: readonly string[]; readonly [option: string]: unknown };
}

/**
 * The `endpoints` and `splits` of a mesh (YAML) whose virtual nodes are served at these addresses, on the ports of their
 * listeners. A canary's further options stand in its split: `basisPoints`, `shield`, `audience` …
 */
export function served(nodes: Readonly<Record<string, LabNode>>): string {
  const endpoints = Object.entries(nodes).map(([node, { stable, canary }]) => [
    node,
    [...stable.map((address) => task(address, 'd1')), ...(canary?.addresses ?? []).map((it) => task(it, 'd2'))],
  ]);
  const splits = Object.entries(nodes).map(([node, { canary }]) => [node, { stable: ['d1'], ...split(canary) }]);
  return `
endpoints: ${JSON.stringify(Object.fromEntries(endpoints))}
splits: ${JSON.stringify(Object.fromEntries(splits))}`;
}

const task = (address: string, deployment: string) => ({
  task: address,
  deployment,
  address,
  interception: 'transparent',
});

function split(canary: LabNode['canary']): object {
  if (canary === undefined) return {};
  const { addresses: _, ...options } = canary;
  const defaults = { basisPoints: 0, shield: 'off', rollout: 'r', reportEveryMs: 1000 };
  return { canary: { deployment: 'd2', ...defaults, ...options } };
}

/** YAML of a virtual node with these listeners, each `<port> <protocol>` and whatever else it declares. */
export function node(...listeners: readonly (readonly [port: number, protocol: string, rest?: object])[]): string {
  const all = listeners.map(([port, protocol, rest]) => ({ portMapping: { port, protocol }, ...rest }));
  return JSON.stringify({ listeners: all });
}
