import { RE2JS } from 're2js';

/**
 * The longest program of a regular expression: what App Mesh's agent allowed Envoy. Envoy works on bytes and may count eight
 * steps where one is counted here (`\\PL`), so the agent's bootstrap allows it ten times as many.
 */
const MAX_PROGRAM_SIZE = 1000;

/** Text as a regular expression that matches this text alone. */
export function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`);
}

/** Why Envoy would refuse a regular expression, `undefined` when it would not: it is in RE2's language, and small enough. */
export function regexFault(pattern: string): string | undefined {
  try {
    const size = RE2JS.compile(pattern).programSize();
    return size > MAX_PROGRAM_SIZE ? `its program has ${size} steps; ${MAX_PROGRAM_SIZE} are the most` : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether all of `text` matches; never for a pattern that {@link regexFault} finds wrong. */
export function matchesRegex(pattern: string, text: string): boolean {
  return regexFault(pattern) === undefined && RE2JS.matches(pattern, text);
}

/**
 * What must follow `literal` for the whole to match `pattern`, where the pattern begins with this text, letter by letter;
 * `undefined` where that cannot be read off it.
 */
export function afterLiteral(pattern: string, literal: string): string | undefined {
  if (pattern.includes(String.raw`\Q`) || hasAlternatives(pattern)) return undefined;
  let rest = pattern.startsWith('^') ? pattern.slice(1) : pattern;
  for (const letter of literal) {
    const token = [letter, `\\${letter}`].find((written) => rest.startsWith(written));
    if (token === undefined || (token === letter && escapeRegex(letter) !== letter)) return undefined;
    rest = rest.slice(token.length);
  }
  return /^[*+?{]/.test(rest) ? undefined : rest;
}

/** Whether a pattern has a `|` outside of every group and class: then its beginning is not the beginning of all it matches. */
function hasAlternatives(pattern: string): boolean {
  const skeleton = pattern.replaceAll(/\\./g, '').replaceAll(/\[\^?\]?[^\]]*\]/g, '');
  let depth = 0;
  for (const letter of skeleton) {
    if (letter === '|' && depth === 0) return true;
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
  }
  return false;
}
