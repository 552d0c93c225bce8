/** What today's planner says for no, word for word. Nothing but the text tells its refusals apart. */
export const refusals = {
  noHosts: 'No available hosts',
  notRegistered: 'App not registered in results',
  noGraph: 'Failed getting exec. graph!',
} as const;

/** The first line or so of an answer, printable. */
export function beginning(text: string): string {
  const displayName = text.slice(0, 200).replace(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ');
  return text.length > 200 ? `${displayName}…` : displayName;
}
