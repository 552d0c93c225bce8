import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findBareCheckout } from '../../build/checkout-facts.ts';
import { settingKeys, settingSources } from '../../faasm/setting-keys.ts';
import { loadSettings } from '../../faasm/settings.ts';
import type { TaskContext } from '../../runner/context.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';

/** `config.create`: a faasm.ini with what is known of the cluster, in the checkout or here; never over one that is there. */
export async function createIni(context: TaskContext): Promise<void> {
  const { cwd, env, signal, output, dry } = context;
  const settings = await loadSettings(context);
  const folder = settings.value('checkout') ?? (await findBareCheckout(cwd)) ?? cwd;
  const named = env['FAASM_INI_FILE'] ?? '';
  const path = named === '' ? join(folder, 'faasm.ini') : resolve(cwd, named);
  const lines = settingKeys.flatMap((key) => {
    const { ini, doc } = settingSources[key];
    if (ini === undefined) return [];
    const value = settings.value(key);
    const line = `${ini} = ${value ?? ''}`.trimEnd();
    // What nobody has set goes on following its default.
    return [`# ${doc}`, settings.origin(key).layer === 'default' ? `# ${line}` : line];
  });
  const text = [
    '# Where a Faasm cluster listens; tasks config shows what is in force.',
    '[Faasm]',
    ...lines,
    '',
  ].join('\n');
  if (existsSync(path))
    return output.result(`${path} is there already and stays as it is`, { path, created: false });
  if (dry) return output.emit({ event: 'note', text: `writes ${path}` });
  await writeFileAtomic(path, text, signal);
  output.result(`Written: ${path}`, { path, created: true });
}
