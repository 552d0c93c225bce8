/**
 * Names come from any binary, so any UTF-16 string is possible. What is shown is the name itself, except:
 * - C0 controls become their pictures (U+0009 is shown as U+2409): XML 1.0 forbids most, line breaks would hide text;
 * - C1 controls, line separators and bidirectional controls become `\u{85}`: they could reorder or hide their neighbours;
 * - lone surrogates and the non-characters U+FFFE and U+FFFF become U+FFFD: no encoding of XML can hold them.
 */
const invisible =
  /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802-\ud803\ud83a-\ud83b]/;

/** The name as it can be shown, searched and put into XML or JSON. */
export function displayText(name: string): string {
  return name.replace(invisible, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    if (code >= 0xd800) return '\ufffd';
    return `\\u{${code.toString(16)}}`;
  });
}

/** Text between tags or inside a quoted attribute. Expects {@link displayText}. */
export function escapeXml(text: string): string {
  if (!/[&<>"]/.test(text)) return text;
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** Fences right-to-left text off, so that numbers written after it stay after it (U+2068 … U+2069). */
export function isolate(text: string): string {
  return rightToLeft.test(text) ? `\u2068${text}\u2069` : text;
}

/** Keeps both ends of a text that is too long to read; never cuts a character in two. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most * 2) / 3);
  const start = text.slice(0, head).replace(/[\ud800-\udbff]$/, '');
  const end = text.slice(text.length - (most - head)).replace(/^[\udc00-\udfff]/, '');
  return `${start} … ${end}`;
}

/** A time for people, three digits at most where that is exact enough: `0 ms`, `408 ms`, `1.50 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${padded(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`;
  return `${(minutes / 60 / 24).toFixed(1)} days`;
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}
