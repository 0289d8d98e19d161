import type { ContainerRecord, RegisteredContainer } from './state.ts';

/** Whether a container may start: now, not yet, or never (with the reason). */
export type Readiness = { state: 'ready' } | { state: 'waiting' } | { state: 'impossible'; reason: string };

type Dependency = NonNullable<RegisteredContainer['dependsOn']>[number];

/** Judges a container's `dependsOn` against its siblings as they stand. */
export function readiness(container: ContainerRecord, siblings: readonly ContainerRecord[]): Readiness {
  let waiting = false;
  for (const dependency of container.definition.dependsOn ?? []) {
    const other = siblings.find((sibling) => sibling.definition.name === dependency.containerName);
    const state = other ? dependencyState(dependency, other) : 'impossible';
    if (state === 'impossible') {
      const reason = `dependency ${dependency.containerName} did not reach ${dependency.condition}`;
      return { state, reason: `Container ${container.definition.name} cannot start: ${reason}.` };
    }
    waiting ||= state === 'waiting';
  }
  return { state: waiting ? 'waiting' : 'ready' };
}

/** The containers in the order to stop them: each group only after everything that depends on it. */
export function stopOrder(definitions: readonly RegisteredContainer[]): string[][] {
  const groups: string[][] = [];
  let left = [...definitions];
  while (left.length > 0) {
    const needed = new Set(left.flatMap((one) => (one.dependsOn ?? []).map((dependency) => dependency.containerName)));
    const free = left.filter((one) => !needed.has(one.name));
    const group = free.length > 0 ? free : left;
    groups.push(group.map((one) => one.name));
    left = left.filter((one) => !group.includes(one));
  }
  return groups;
}

/** Whether some container waits, directly or not, for itself. */
export function hasCycle(definitions: readonly RegisteredContainer[]): boolean {
  const reach = new Map(
    definitions.map((one) => [one.name, new Set((one.dependsOn ?? []).map((d) => d.containerName))]),
  );
  for (let round = 0; round < definitions.length; round++) {
    for (const names of reach.values()) {
      for (const name of [...names]) for (const further of reach.get(name ?? '') ?? []) names.add(further);
    }
  }
  return [...reach].some(([name, names]) => names.has(name));
}

type Judge = (other: ContainerRecord, stopped: boolean) => Readiness['state'];

/** The four conditions of API_ContainerDependency. */
const JUDGES: Record<NonNullable<Dependency['condition']>, Judge> = {
  START: ({ lastStatus }) => (lastStatus === 'PENDING' ? 'waiting' : 'ready'),
  HEALTHY: ({ health }, stopped) => {
    if (stopped || health === 'UNHEALTHY') return 'impossible';
    return health === 'HEALTHY' ? 'ready' : 'waiting';
  },
  COMPLETE: (_, stopped) => (stopped ? 'ready' : 'waiting'),
  SUCCESS: ({ exitCode }, stopped) => {
    if (!stopped) return 'waiting';
    return exitCode === 0 ? 'ready' : 'impossible';
  },
};

function dependencyState({ condition = 'START' }: Dependency, other: ContainerRecord): Readiness['state'] {
  return JUDGES[condition](other, other.lastStatus === 'STOPPED');
}
