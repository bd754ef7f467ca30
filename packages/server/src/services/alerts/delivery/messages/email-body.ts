import { type MessageText, moreText, plainText } from './message-text.ts';

export interface EmailBody {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export function emailBody(text: MessageText, pageUrl: string | undefined): EmailBody {
  const link = pageUrl === undefined ? '' : `\n\n${pageUrl}`;
  return {
    subject: text.title,
    text: `${plainText(text)}${link}\n`,
    html: htmlOf(text, pageUrl),
  };
}

/** Without pictures, scripts or anything that is loaded. */
function htmlOf({ title, entries, more }: MessageText, pageUrl: string | undefined): string {
  const parts = entries.map(
    ({ head, message, time }) =>
      `<p><strong>${escaped(head)}</strong><br>${escaped(message).replaceAll('\n', '<br>')}<br><small>${time}</small></p>`,
  );
  if (more > 0) parts.push(`<p>${moreText(more)}</p>`);
  if (pageUrl !== undefined) parts.push(`<p><a href="${escaped(pageUrl)}">${escaped(pageUrl)}</a></p>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title></head><body>${parts.join('')}</body></html>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
