import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeFileAtomic } from '../src/util/atomic-write.ts';

const entry = new URL('../src/flamegraph/page/main.ts', import.meta.url);
const output = new URL('../src/flamegraph/page-script.ts', import.meta.url);

/**
 * The module that holds the flame graph's in-page script, bundled from src/flamegraph/page. It is committed, so that
 * rendering needs no bundler; a test compares it with this.
 */
export async function pageScriptModule(): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    minify: true,
    charset: 'ascii',
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    write: false,
  });
  const code = result.outputFiles[0]?.text.trim() ?? '';
  // The script stands in a CDATA section, which this would end.
  const script = code.replaceAll(']]>', ']] >');
  const literal = script.replaceAll(/[\\`]|\$(?=\{)/g, (char) => `\\${char}`);
  return `// Made by scripts/build_page_script.ts from src/flamegraph/page; do not edit.\nexport const pageScript = \`${literal}\`;\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFileAtomic(fileURLToPath(output), await pageScriptModule());
}
