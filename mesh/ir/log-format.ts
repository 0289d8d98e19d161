import { type LogOperator, logOperators, type OperatorArgument } from './log-operators.ts';

/** One operator as Envoy reads it: `%NAME%`, `%NAME(argument)%`, `%NAME(argument):length%`. */
const OPERATOR = /%([A-Z0-9_]+)(?:\((.*?)\))?(?::([0-9]{1,18}))?%/y;

/** What a header's name may be made of (RFC 9110), with HTTP/2's colon in front. */
const HEADER = /^:?[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Why Envoy would refuse an access log format, which would put the whole listener out of service; `undefined`: it would not. */
export function formatProblem(format: string): string | undefined {
  for (let at = format.indexOf('%'); at >= 0; at = format.indexOf('%', at)) {
    if (format[at + 1] === '%') {
      at += 2;
      continue;
    }
    OPERATOR.lastIndex = at;
    const match = OPERATOR.exec(format);
    if (match === null) return `no command operator at character ${at + 1}: a plain percent sign is written %%`;
    const [whole, name = '', argument, length] = match;
    const problem = operatorProblem(name, argument, length);
    if (problem !== undefined) return problem;
    at += whole.length;
  }
  return undefined;
}

function operatorProblem(name: string, argument: string | undefined, length: string | undefined): string | undefined {
  const operator = logOperators.get(name);
  if (operator === undefined) return `${name} is no command operator`;
  if (length !== undefined && !operator.length) return `${name} takes no length`;
  return argumentProblem(name, operator, argument ?? '');
}

function argumentProblem(name: string, { argument: kind }: LogOperator, argument: string): string | undefined {
  if (argument === '') return needsArgument(kind) ? `${name} needs an argument in parentheses` : undefined;
  return argumentChecks[kind](argument) ? undefined : `${name} cannot have the argument "${argument}"`;
}

const needsArgument = (kind: OperatorArgument) => !['none', 'optional', 'path'].includes(kind);

const argumentChecks: Readonly<Record<OperatorArgument, (argument: string) => boolean>> = {
  none: () => false,
  optional: () => true,
  key: () => true,
  header: (argument) => {
    const names = argument.split('?');
    return names.length <= 2 && names.every((name) => HEADER.test(name));
  },
  filterState: (argument) => {
    const [key = '', kind = 'TYPED'] = argument.split(':');
    return key !== '' && ['PLAIN', 'TYPED', 'FIELD'].includes(kind);
  },
  path: (argument) => {
    const [query = 'WQ', which = 'PATH'] = argument.split(':');
    return ['WQ', 'NQ'].includes(query) && ['ORIG', 'PATH', 'ORIG_OR_PATH'].includes(which);
  },
  metadata: (argument) => /^(DYNAMIC|CLUSTER|ROUTE|UPSTREAM_HOST|LISTENER|VIRTUAL_HOST):/.test(argument),
};
