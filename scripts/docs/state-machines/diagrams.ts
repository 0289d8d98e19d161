import { type Edge, edgesOf, isWait, type Machine, type State } from './machine.ts';

/** One picture. */
export interface Diagram {
  readonly title: string;
  /** Text of a Mermaid flow chart. */
  readonly mermaid: string;
}

/** A state that so many others lead to gets a picture of its own: drawn in place, their arrows would cross the whole page. */
const HUB_ARROWS = 3;

/** Fewer states than this are no picture: they are drawn together in the last one. */
const SMALLEST = 4;

/**
 * A machine as pictures small enough to read: the one that begins where the machine does, one for each state that many lead
 * to, and a last one for what is short. An arrow into another picture ends in a flag with its name.
 */
export function diagrams(machine: Machine): readonly Diagram[] {
  const edges = new Map(Object.entries(machine.States).map(([name, state]) => [name, edgesOf(name, state)]));
  const hubs = hubsOf(machine, [...edges.values()].flat());
  const picture = (title: string, starts: readonly string[]): Diagram => {
    const names = reached(starts, edges, hubs);
    return {
      title,
      mermaid: draw(
        machine,
        names,
        names.flatMap((name) => edges.get(name) ?? []),
      ),
    };
  };
  const { long = [], short = [] } = Object.groupBy(hubs, (hub) =>
    reached([hub], edges, hubs).length < SMALLEST ? 'short' : 'long',
  );
  const last = short.length === 0 ? [] : [picture('The last steps', short)];
  return [
    picture(`From the start: ${machine.StartAt}`, [machine.StartAt]),
    ...long.map((hub) => picture(hub, [hub])),
    ...last,
  ];
}

/** What many lead to, and what only an error leads to. Where a machine ends is drawn wherever it does. */
function hubsOf({ States, StartAt }: Machine, edges: readonly Edge[]): readonly string[] {
  const arrows = Map.groupBy(edges, ({ to }) => to);
  return Object.entries(States).flatMap(([name, state]) => {
    const count = arrows.get(name)?.length ?? 0;
    const isHub = count === 0 || (count >= HUB_ARROWS && !isEnd(state));
    return name !== StartAt && isHub ? [name] : [];
  });
}

function reached(
  starts: readonly string[],
  edges: ReadonlyMap<string, readonly Edge[]>,
  hubs: readonly string[],
): readonly string[] {
  const found = [...starts];
  for (const name of found)
    for (const { to } of edges.get(name) ?? []) if (!found.includes(to) && !hubs.includes(to)) found.push(to);
  return found;
}

function draw({ States }: Machine, names: readonly string[], edges: readonly Edge[]): string {
  const ids = new Map(names.map((name, index) => [name, `s${index}`]));
  const boxes = names.map((name) => `  ${ids.get(name)}${box(name, States[name])}`);
  const arrows = edges.flatMap((edge, index) => {
    const known = ids.get(edge.to);
    const flag = `f${index}`;
    const arrow = `  ${ids.get(edge.from)} ${line(edge)} ${known ?? flag}`;
    return known === undefined ? [`  ${flag}>"${quoted(edge.to)}"]`, arrow] : [arrow];
  });
  return ['flowchart TD', ...boxes, ...arrows].join('\n');
}

function line({ labels, isTimeout }: Edge): string {
  if (isTimeout) return '-. time is up .->';
  return labels.length === 0 ? '-->' : `-->|"${quoted(labels.join(', '))}"|`;
}

function box(name: string, state: State | undefined): string {
  const text = quoted(name);
  if (state === undefined || isEnd(state)) return `(["${text}"])`;
  if (state.Type === 'Choice') return `{"${text}"}`;
  const callee = functionOf(state);
  const label = callee === undefined ? text : `${text}<br/><small>${callee}</small>`;
  return isWait(state) ? `[["${label}"]]` : `["${label}"]`;
}

const isEnd = (state: State | undefined): boolean => state?.Type === 'Succeed' || state?.Type === 'Fail';

/** `${ShiftWeightArn}` is the function in `functions/shift-weight`. */
function functionOf({ Parameters }: State): string | undefined {
  const [, name] = /\$\{(\w+)Arn\}/.exec(JSON.stringify(Parameters ?? {})) ?? [];
  return name?.replace(/\B[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

const quoted = (text: string): string => text.replaceAll('"', '#quot;');
