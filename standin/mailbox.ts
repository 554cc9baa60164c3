import type { Settings } from './settings.ts';

export interface Mail {
  to: string;
  subject: string;
  html: string;
  at: number;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
  '`': '&#x60;',
  '=': '&#x3D;',
};

/** Handlebars' escaping, which LibreChat's mail templates apply to links too: `=` and `&` arrive as entities. */
const escaped = (text: string): string => text.replaceAll(/[&<>"'`=]/g, (char) => ENTITIES[char] ?? char);

/** Where mails go when the mail setting is `works`; the control port reads it. */
export class Mailbox {
  readonly mails: Mail[] = [];
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** LibreChat `checkEmailConfig`: configured, whether or not the server answers. */
  get configured(): boolean {
    return this.#settings.mail !== 'none';
  }

  /** @throws the mail server's connection error, port and all, when the setting is `dead`. */
  send(to: string, subject: string, link?: string): void {
    if (this.#settings.mail === 'dead') throw new Error('connect ECONNREFUSED 127.0.0.1:2525');
    const body = link === undefined ? subject : `<a href="${escaped(link)}">${subject}</a>`;
    this.mails.push({ to, subject, html: `<html><body>${body}</body></html>`, at: Date.now() });
  }
}
