import { fileOfTest } from '../../test/support/named-tests.ts';

/** A link from a page in `docs/` to the test with this full title (`suite > test`). Throws when there is no such test. */
export const testLink = (title: string): string => `[${escaped(title)}](../${fileOfTest(title)})`;

/** A title is text, not Markdown: `*`, `_`, `[` and the like stand for themselves. */
const escaped = (title: string): string => title.replace(/[\\`*_[\]<>]/g, '\\$&');
