import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeFileAtomic } from '../src/util/atomic-write.ts';

interface PageScript {
  /** What is bundled. */
  readonly entry: URL;
  /** Where that is, for the reader of what is made. */
  readonly folder: string;
  /** The module made from it. */
  readonly module: URL;
  /** What the module exports. */
  readonly name: string;
}

/** The scripts that stand inside pictures and pages. */
export const pageScripts = {
  flamegraph: {
    entry: new URL('../src/flamegraph/page/main.ts', import.meta.url),
    folder: 'src/flamegraph/page',
    module: new URL('../src/flamegraph/page-script.ts', import.meta.url),
    name: 'pageScript',
  },
  timeline: {
    entry: new URL('../src/execgraph/timeline/main.ts', import.meta.url),
    folder: 'src/execgraph/timeline',
    module: new URL('../src/execgraph/timeline-script.ts', import.meta.url),
    name: 'timelineScript',
  },
  dashboard: {
    entry: new URL('../src/monitor/page/main.ts', import.meta.url),
    folder: 'src/monitor/page',
    module: new URL('../src/monitor/page-script.ts', import.meta.url),
    name: 'dashboardScript',
  },
} as const satisfies Readonly<Record<string, PageScript>>;

/**
 * The module that holds an in-page script, bundled from its folder. It is committed, so that drawing needs no bundler;
 * a test compares it with this.
 */
export async function pageScriptModule({ entry, folder, name }: PageScript): Promise<string> {
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
  // The flame graph's script stands in a CDATA section, which this would end.
  const script = code.replaceAll(']]>', ']] >');
  const literal = script.replaceAll(/[\\`]|\$(?=\{)/g, (char) => `\\${char}`);
  return `// Made by scripts/build_page_script.ts from ${folder}; do not edit.\nexport const ${name} = \`${literal}\`;\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const script of Object.values(pageScripts)) {
    await writeFileAtomic(fileURLToPath(script.module), await pageScriptModule(script));
  }
}
