// cliui ships no types; this is the part of it that help and lists use.
declare module 'cliui' {
  interface Column {
    readonly text: string;
    readonly width?: number;
    /** top, right, bottom, left */
    readonly padding?: readonly [number, number, number, number];
  }
  interface Layout {
    div(...columns: readonly Column[]): void;
    toString(): string;
  }
  export default function cliui(options: { readonly width: number; readonly wrap: boolean }): Layout;
}
