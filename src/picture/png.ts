import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A side longer than this is more than viewers and papers take; the picture is then drawn smaller. */
const longestSide = 12_000;
/** Pixels a unit of the SVG: sharp on paper. */
const scale = 2;
/** The fonts that pictures are measured and drawn with; a build puts them into dist/fonts. */
export const pictureFonts = [
  'DejaVuSans.ttf',
  'DejaVuSans-Bold.ttf',
  'DejaVuSans-Oblique.ttf',
  'DejaVuSans-BoldOblique.ttf',
  'DejaVuSansMono.ttf',
];
/** Scripts that DejaVu Sans has no letters of: only then is it worth looking for the fonts of the machine. */
const needsOtherFonts = /[\u0700-\u0dff\u0f00-\u1d2b\u2e80-\ufaff\u{10000}-\u{10ffff}]/u;

/** An SVG of ours as PNG, its text in the font that its layout was measured for. */
export async function pictureToPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const [, width = '1', height = '1'] = /<svg[^>]* width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  const zoom = Math.min(scale, longestSide / Math.max(Number(width), Number(height)));
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    background: '#ffffff',
    font: {
      fontFiles: fontFiles(),
      loadSystemFonts: needsOtherFonts.test(svg),
      defaultFontFamily: 'DejaVu Sans',
      sansSerifFamily: 'DejaVu Sans',
      monospaceFamily: 'DejaVu Sans Mono',
    },
  });
  return image.render().asPng();
}

/** Beside the chunk that this is part of; from the sources, where the package is. */
function fontFiles(): string[] {
  const built = join(dirname(fileURLToPath(import.meta.url)), '../fonts');
  const folder = existsSync(built)
    ? built
    : dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'));
  return pictureFonts.map((name) => join(folder, name));
}
