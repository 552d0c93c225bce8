import { join } from 'node:path';
import { readCheckoutFacts } from '../../build/checkout-facts.ts';
import type { Check, Finding } from '../check.ts';
import type { Host } from '../host.ts';

/** Faasm's sources. */
export const checkoutChecks: readonly Check[] = [
  { id: 'checkout', title: 'Faasm checkout', needs: ['build'], helps: [], run: checkout },
  { id: 'submodules', title: 'Submodules', needs: ['build'], helps: [], run: submodules },
  { id: 'versions', title: 'Versions', needs: [], helps: ['build'], run: versions },
];

/** The lack of a checkout is said once. */
const none: Finding = { state: 'ok', found: 'no checkout to look at' };

async function checkout(host: Host): Promise<Finding> {
  const path = host.settings.value('checkout');
  const wanted = "a folder with Faasm's sources";
  const fix = {
    kind: 'command',
    argv: ['git', 'clone', '--recurse-submodules', 'https://github.com/faasm/faasm'],
  } as const;
  if (path === undefined) {
    return { state: 'missing', found: 'none at or above this folder, nor in FAASM_ROOT', wanted, fix };
  }
  const { hasCmakeLists, version } = await readCheckoutFacts(path);
  return hasCmakeLists
    ? { state: 'ok', found: `${version ?? 'no version'} (${path})` }
    : { state: 'broken', found: `${path} has no CMakeLists.txt`, wanted, fix };
}

async function submodules(host: Host): Promise<Finding> {
  const path = host.settings.value('checkout');
  if (path === undefined) return none;
  const { missingSubmodules } = await readCheckoutFacts(path);
  if (missingSubmodules.length === 0) return { state: 'ok', found: 'all there' };
  return {
    state: 'missing',
    found: `empty: ${missingSubmodules.join(', ')}`,
    wanted: 'all of them (inv says "can\'t find any collection" without)',
    fix: { kind: 'command', argv: ['git', '-C', path, 'submodule', 'update', '--init', '--recursive'] },
  };
}

/** Where each version stands, and the line of `.env` that must say the same. */
const CLIENTS = [
  ['VERSION', 'FAASM_VERSION'],
  ['clients/cpp/VERSION', 'CPP_VERSION'],
  ['clients/python/VERSION', 'PYTHON_VERSION'],
  ['faabric/VERSION', 'FAABRIC_VERSION'],
] as const;

async function versions(host: Host): Promise<Finding> {
  const path = host.settings.value('checkout');
  if (path === undefined) return none;
  const said = (await host.text(join(path, '.env'))) ?? '';
  const compared = await Promise.all(
    CLIENTS.map(async ([file, name]) => {
      const own = (await host.text(join(path, file)))?.trim();
      const wanted = new RegExp(`^${name}=(\\S+)`, 'm').exec(said)?.[1];
      return { file, name, own, wanted };
    }),
  );
  const differing = compared.filter(
    ({ own, wanted }) => own !== undefined && wanted !== undefined && own !== wanted,
  );
  const cache = await host.text(join(host.settings.value('buildDir'), 'CMakeCache.txt'));
  const source = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(cache ?? '')?.[1];
  if (source !== undefined && source !== path) {
    return {
      state: 'broken',
      found: `${host.settings.value('buildDir')} builds ${source}`,
      wanted: `a build of ${path}`,
      fix: { kind: 'command', argv: ['tasks', 'dev.cmake', '--clean'] },
    };
  }
  if (differing.length > 0) {
    return {
      state: 'warn',
      found: differing.map(({ file, own }) => `${file} is ${own}`).join(', '),
      wanted: `${differing.map(({ name, wanted }) => `${name}=${wanted}`).join(', ')} as .env says`,
      fix: { kind: 'command', argv: ['git', '-C', path, 'submodule', 'update', '--recursive'] },
    };
  }
  const known = compared.filter(({ own, wanted }) => own !== undefined && wanted !== undefined);
  return {
    state: 'ok',
    found:
      known.length === 0 ? 'none to compare' : `${known.map(({ name, own }) => `${name}=${own}`).join(', ')}`,
  };
}
