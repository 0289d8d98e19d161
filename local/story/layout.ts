import { count, type Note } from './rollout-notes.ts';

/** How wide a line may be and whether it may be coloured. */
export type Paper = { columns: number; colour: boolean };

/** The line that is redrawn in place. */
export type Status = {
  subject: string;
  weight: number | undefined;
  requests: number;
  failed: number;
  perSecond: number;
  doing: string;
};

const SUBJECT_WIDTH = 10;
const BAR_WIDTH = 20;
const codes = { dim: 2, bold: 1, good: 32, bad: 31, plain: 0 } as const;

/** A weight in percent as a bar, e.g. `█████░░░░░░░░░░░░░░░` for 25. */
export function weightBar(percent: number, width = BAR_WIDTH): string {
  const clamped = Math.min(100, Math.max(0, percent));
  const full = clamped > 0 ? Math.max(1, Math.round((clamped / 100) * width)) : 0;
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** An event as one line (more only where the terminal is too narrow): time, subject, then what happened. */
export function eventLines(at: Date, subject: string, { text, tone, weight }: Note, paper: Paper): string[] {
  const time = at.toTimeString().slice(0, 8);
  const lead = 8 + 2 + SUBJECT_WIDTH + 2;
  const body =
    weight === undefined ? text : `${String(weight).padStart(3)} % ${weightBar(weight, barWidth(paper))} ${text}`;
  const indented = paper.columns >= lead + 30;
  const [first = '', ...rest] = wrap(body, paper.columns - (indented ? lead : 2));
  const head = `${paint(time, 'dim', paper)}  ${paint(subject.padEnd(SUBJECT_WIDTH), 'bold', paper)}`;
  if (!indented) return [head.trimEnd(), ...[first, ...rest].map((line) => `  ${paint(line, tone, paper)}`)];
  return [`${head}  ${paint(first, tone, paper)}`, ...rest.map((line) => ' '.repeat(lead) + paint(line, tone, paper))];
}

/** The live line, never wider than the paper less one column, so that it can be redrawn in place. */
export function statusLine({ subject, weight, requests, failed, perSecond, doing }: Status, paper: Paper): string {
  const figures = [
    `${count(requests)} requests`,
    `${count(failed)} failed`,
    `${count(Math.round(perSecond))}/s`,
    ...(doing ? [doing] : []),
  ];
  const bar = weight === undefined ? '' : `${String(weight).padStart(3)} % ${weightBar(weight, barWidth(paper))}  `;
  const line = `${subject}  ${bar}${figures.join('  ')}`;
  return paint(line.slice(0, Math.max(0, paper.columns - 1)), failed > 0 ? 'bad' : 'plain', paper);
}

/** Words of `text` in lines of at most `width` characters; a longer word gets a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const barWidth = ({ columns }: Paper): number => (columns >= 80 ? BAR_WIDTH : 10);

function paint(text: string, style: keyof typeof codes, { colour }: Paper): string {
  return colour && style !== 'plain' ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
}
