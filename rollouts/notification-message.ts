import { type Notice, type NoticeText, noticeText, type Tone } from './notice.ts';
import type { NotificationKind } from './notification.ts';

/** The JSON that each kind of receiver takes for an event. */
export function notificationMessage(kind: NotificationKind, notice: Notice): unknown {
  return messages[kind](notice);
}

const messages: Readonly<Record<NotificationKind, (notice: Notice) => unknown>> = {
  webhook: ({ id, event, at, rollout }) => ({ id, event, at, rollout }),
  slack: (notice) => slackMessage(noticeText(notice)),
  teams: (notice) => teamsMessage(noticeText(notice)),
};

/** Bounds of Slack's blocks: https://docs.slack.dev/reference/block-kit/blocks (header 150, section 3000, field 2000, ten fields). */
const SLACK_HEADER = 150;
const SLACK_SECTION = 3000;
const SLACK_FIELD = 2000;
const SLACK_FIELDS = 10;

const emoji: Readonly<Record<Tone, string>> = {
  good: ':white_check_mark:',
  attention: ':rotating_light:',
  neutral: ':information_source:',
};

/** An incoming webhook's message: blocks, and `text` for notifications and screen readers. */
function slackMessage({ title, tone, reason, facts }: NoticeText) {
  const fields = facts.slice(0, SLACK_FIELDS).map(([name, value]) => ({
    type: 'mrkdwn',
    text: shortened(`*${name}*\n${escaped(value)}`, SLACK_FIELD),
  }));
  return {
    text: shortened(escaped(`${title}. ${reason}`), SLACK_SECTION),
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: shortened(`${emoji[tone]} ${title}`, SLACK_HEADER), emoji: true },
      },
      { type: 'section', text: { type: 'mrkdwn', text: shortened(escaped(reason), SLACK_SECTION) } },
      { type: 'section', fields },
    ],
  };
}

/** Slack's three control characters: what a reason quotes must not become a mention or a link. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') || ' ';

const style: Readonly<Record<Tone, string>> = { good: 'good', attention: 'attention', neutral: 'default' };

/** What a Workflows webhook ("When a Teams webhook request is received") posts: one Adaptive Card; 1.4 is what Teams shows everywhere. */
function teamsMessage({ title, tone, reason, facts }: NoticeText) {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      {
        type: 'TextBlock',
        text: plain(title),
        size: 'Large',
        weight: 'Bolder',
        color: capital(style[tone]),
        wrap: true,
      },
      { type: 'TextBlock', text: plain(shortened(reason, TEAMS_TEXT)), wrap: true },
      { type: 'FactSet', facts: facts.map(([name, value]) => ({ title: name, value: plain(value) })) },
    ],
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** Teams drops a message above 28 KB (https://learn.microsoft.com/microsoftteams/limits-specifications-teams); Envoy's refusals are long. */
const TEAMS_TEXT = 4000;

/** Adaptive Cards read a little Markdown: links and emphasis of a quoted reason stay text. */
const plain = (text: string): string => text.replace(/[\\`*_[\]]/g, String.raw`\$&`);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const shortened = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
