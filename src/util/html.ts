import { createHash } from 'node:crypto';
import { displayText, escapeXml } from './display-text.ts';

/** Any text as HTML, in an element or between double quotes; characters that nobody would see are made visible. */
export function displayHtml(text: string): string {
  return escapeXml(displayText(text));
}

/** Any value as JSON that neither ends the script element around it nor begins a comment or a line in it. */
export function scriptJson(value: object): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What a content security policy calls exactly this inline text. */
export function policyHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
