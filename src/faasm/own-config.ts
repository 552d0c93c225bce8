import { findProjectFile } from './settings-places.ts';

/**
 * What the nearest tasks.config.json at or above a folder says to tasks of one's own, under `own`.
 *
 * @throws UsageError with `FILE:LINE:COLUMN` for what is wrong in it
 */
export async function ownConfig(from: string): Promise<Readonly<Record<string, unknown>>> {
  const file = await findProjectFile(from);
  if (file === undefined) return {};
  const { readOwnConfig } = await import('./settings-file.ts');
  return readOwnConfig(file.text, file.path);
}
