export { fittedEms, textEms } from './font-metrics.ts';

/** An SVG of ours as PNG, its text in the font that its layout was measured for. */
export async function pictureToPng(svg: string): Promise<Uint8Array> {
  return await (await import('./png.ts')).pictureToPng(svg);
}
