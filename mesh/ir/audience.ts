import type { Audience } from '#mesh/model/split.ts';
import { escapeRegex } from './regex.ts';
import type { HeaderMatchIr } from './route-ir.ts';

/** What a request of an audience looks like. A cookie is one of several in one header. */
export function audienceMatch(audience: Audience): HeaderMatchIr {
  if ('cookie' in audience) {
    const { name, value } = audience.cookie;
    const text = `(?:.*;\\s*)?${escapeRegex(`${name}=${value}`)}(?:;.*)?`;
    return { name: 'cookie', invert: false, value: { kind: 'regex', text } };
  }
  const { name, match } = audience.header;
  return { name: name.toLowerCase(), invert: false, value: textMatch(match) };
}

type TextMatch = Extract<Audience, { readonly header: unknown }>['header']['match'];

function textMatch(match: TextMatch): HeaderMatchIr['value'] {
  if ('exact' in match) return { kind: 'exact', text: match.exact };
  if ('prefix' in match) return { kind: 'prefix', text: match.prefix };
  return 'suffix' in match ? { kind: 'suffix', text: match.suffix } : { kind: 'regex', text: match.regex };
}
