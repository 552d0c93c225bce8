import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeFileAtomic } from '../src/util/atomic-write.ts';

interface PageScript {
  /** What is bundled. */
  readonly entry: string;
  /** The module made from it. */
  readonly module: string;
  /** What the module exports. */
  readonly name: string;
}

/** The scripts that stand inside pictures and pages. */
export const pageScripts = {
  flamegraph: {
    entry: 'src/flamegraph/page/main.ts',
    module: 'src/flamegraph/page-script.ts',
    name: 'pageScript',
  },
  timeline: {
    entry: 'src/execgraph/timeline/main.ts',
    module: 'src/execgraph/timeline-script.ts',
    name: 'timelineScript',
  },
} as const satisfies Readonly<Record<string, PageScript>>;

/**
 * The module that holds an in-page script, bundled from its folder. It is committed, so that drawing needs no bundler;
 * a test compares it with this.
 */
export async function pageScriptModule({ entry, name }: PageScript): Promise<string> {
  const result = await build({
    entryPoints: [pathOf(entry)],
    bundle: true,
    minify: true,
    charset: 'ascii',
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    write: false,
  });
  const code = result.outputFiles[0]?.text.trim() ?? '';
  // The flame graph's script stands in a CDATA section, which this would end.
  const script = code.replaceAll(']]>', ']] >');
  const literal = script.replaceAll(/[\\`]|\$(?=\{)/g, (char) => `\\${char}`);
  const folder = entry.slice(0, entry.lastIndexOf('/'));
  return `// Made by scripts/build_page_script.ts from ${folder}; do not edit.\nexport const ${name} = \`${literal}\`;\n`;
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../${file}`, import.meta.url));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const script of Object.values(pageScripts)) {
    await writeFileAtomic(pathOf(script.module), await pageScriptModule(script));
  }
}
