/** What runs a function: `auto` takes Faasm's own binary where there is one, else the embedded engine. */
export const engineChoices = ['auto', 'faasm', 'embedded'] as const;
export type EngineChoice = (typeof engineChoices)[number];
