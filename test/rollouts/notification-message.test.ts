import { describe, expect, test } from 'vitest';
import { type Notice, noticeText } from '#rollouts/notice.ts';
import { notificationMessage } from '#rollouts/notification-message.ts';
import { rolloutEventNames } from '#rollouts/rollout-events.ts';
import { rolloutView } from '#rollouts/rollout-view.ts';
import { rollout } from '../support/rollout.ts';

const notice = (overrides: Parameters<typeof rollout>[0] = {}, event: Notice['event'] = 'rolledBack'): Notice => ({
  id: 'e-1',
  event,
  at: '2026-11-21T12:00:00Z',
  rollout: rolloutView(rollout({ startedAt: 0, endedAt: 61_000, reason: 'Too many failures.', ...overrides })),
});
const slack = (overrides?: Parameters<typeof rollout>[0]) =>
  notificationMessage('slack', notice(overrides)) as {
    text: string;
    blocks: { type: string; text?: { text: string }; fields?: { text: string }[] }[];
  };
const teams = (overrides?: Parameters<typeof rollout>[0]) =>
  notificationMessage('teams', notice(overrides)) as {
    attachments: {
      contentType: string;
      content: {
        type: string;
        version: string;
        body: { type: string; text?: string; color?: string; facts?: { title: string; value: string }[] }[];
      };
    }[];
  };

describe('a notice', () => {
  test('has words for every event', () => {
    const titles = rolloutEventNames.map((event) => noticeText(notice({}, event)).title);
    expect(new Set(titles).size).toBe(rolloutEventNames.length);
  });

  test('names the service, says why, and what to look up next', () => {
    const { title, tone, reason, facts } = noticeText(notice());

    expect([title, tone, reason]).toEqual([expect.stringMatching(/: rolled back$/), 'attention', 'Too many failures.']);
    expect(Object.fromEntries(facts)).toMatchObject({ Took: '61 s', Rollout: notice().rollout.id });
  });
});

describe('a Slack message', () => {
  test('has a headline, the reason and the facts as blocks, and text for those who see none', () => {
    const { text, blocks } = slack();

    expect(text).toMatch(/rolled back\. Too many failures\.$/);
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'section']);
    expect(blocks[2]?.fields?.length).toBeLessThanOrEqual(10);
  });

  test('cannot be made to mention or link by what a reason quotes', () => {
    const { text, blocks } = slack({ reason: '<!channel> <https://evil|click> & more' });

    expect(JSON.stringify([text, blocks])).not.toMatch(/<!channel>|<https/);
    expect(blocks[1]?.text?.text).toBe('&lt;!channel&gt; &lt;https://evil|click&gt; &amp; more');
  });

  test('stays within the bounds of its blocks', () => {
    const { text, blocks } = slack({ reason: 'x'.repeat(9000), actor: 'y'.repeat(9000) });

    expect(text.length).toBeLessThanOrEqual(3000);
    expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
    expect(blocks[1]?.text?.text.length).toBeLessThanOrEqual(3000);
    for (const { text: field } of blocks[2]?.fields ?? []) expect(field.length).toBeLessThanOrEqual(2000);
  });
});

describe('a Teams message', () => {
  test('is one Adaptive Card, as a Workflows URL takes it', () => {
    const [attachment] = teams().attachments;

    expect(attachment?.contentType).toBe('application/vnd.microsoft.card.adaptive');
    expect(attachment?.content).toMatchObject({ type: 'AdaptiveCard', version: '1.4' });
    expect(attachment?.content.body.map(({ type }) => type)).toEqual(['TextBlock', 'TextBlock', 'FactSet']);
    expect(attachment?.content.body[0]?.color).toBe('Attention');
  });

  test('shows a quoted reason as text, and no more than Teams takes', () => {
    const [attachment] = teams({ reason: `[click](https://evil) ${'x'.repeat(40_000)}` }).attachments;

    expect(attachment?.content.body[1]?.text).toMatch(/^\\\[click\\\]\(/);
    expect(Buffer.byteLength(JSON.stringify(teams({ reason: 'x'.repeat(40_000) })))).toBeLessThan(28_000);
  });
});

test('a webhook has the event whole', () => {
  expect(notificationMessage('webhook', notice())).toEqual(notice());
});
