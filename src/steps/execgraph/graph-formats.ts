/** The forms in which an execution graph can be written. */
export const graphFormats = ['tree', 'svg', 'png', 'dot', 'html', 'json', 'trace'] as const;
export type GraphFormat = (typeof graphFormats)[number];
