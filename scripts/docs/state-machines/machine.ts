/** The part of Amazon States Language that the pictures show: https://states-language.net/spec.html */
export interface Machine {
  readonly Comment?: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly Parameters?: unknown;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly Rule[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}

/** A choice rule: a comparison, or a combination of rules. */
export interface Rule {
  readonly Variable?: string;
  readonly Next?: string;
  readonly And?: readonly Rule[];
  readonly Or?: readonly Rule[];
  readonly Not?: Rule;
  readonly [comparison: string]: unknown;
}

/** A way from one state to another. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** What it takes, in words; empty for the only way. */
  readonly labels: readonly string[];
  readonly isTimeout: boolean;
}

/** Whether a state sleeps on a task token. */
export const isWait = ({ Resource = '' }: State): boolean => Resource.endsWith('.waitForTaskToken');

/** The ordinary ways out of a state, one for each target; of its catches only that of the time-out, which ends a wait. */
export function edgesOf(from: string, state: State): readonly Edge[] {
  const plain = state.Next === undefined ? [] : [{ to: state.Next, label: '' }];
  const chosen = (state.Choices ?? []).map((rule) => ({ to: rule.Next ?? '', label: ruleText(rule) }));
  const otherwise = state.Default === undefined ? [] : [{ to: state.Default, label: 'otherwise' }];
  const byTarget = Map.groupBy([...plain, ...chosen, ...otherwise], ({ to }) => to);
  const ways = [...byTarget].map(([to, some]): Edge => {
    return { from, to, labels: some.map(({ label }) => label).filter(Boolean), isTimeout: false };
  });
  const timeouts = (state.Catch ?? []).filter(({ ErrorEquals }) => ErrorEquals.includes('States.Timeout'));
  return [...ways, ...timeouts.map(({ Next }): Edge => ({ from, to: Next, labels: [], isTimeout: true }))];
}

/** A rule in words: the compared value alone where the variable is the kind of what just happened. */
export function ruleText(rule: Rule): string {
  if (rule.And) return rule.And.map(ruleText).join(' and ');
  if (rule.Or) return rule.Or.map(ruleText).join(' or ');
  return rule.Not ? `not ${ruleText(rule.Not)}` : comparisonText(rule);
}

function comparisonText(rule: Rule): string {
  const name = (rule.Variable ?? '').split('.').at(-1) ?? '';
  const found = Object.entries(rule).find(([key]) => !['Variable', 'Next', 'Comment'].includes(key));
  const [comparison = '', value] = found ?? [];
  if (comparison === 'StringEquals' && name === 'kind') return String(value);
  if (comparison === 'BooleanEquals') return value === true ? name : `not ${name}`;
  if (comparison === 'IsPresent') return value === true ? `has ${name}` : `no ${name}`;
  return `${name} ${operators[comparison] ?? comparison} ${String(value)}`;
}

const operators: Readonly<Record<string, string>> = {
  StringEquals: 'is',
  NumericEquals: '=',
  NumericGreaterThan: 'above',
  NumericGreaterThanEquals: 'at least',
  NumericLessThan: 'below',
  NumericLessThanEquals: 'at most',
};
