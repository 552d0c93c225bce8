// faasm.ini: where a Faasm cluster listens. Written by `faasmctl deploy` (and by hand), read by it with Python's
// configparser. Spec: https://docs.python.org/3/library/configparser.html#supported-ini-file-structure
//
//   [Faasm]                     section names keep their case
//   # Auto-generated at …       a comment is a line that starts with # or ;
//   planner_host = 10.0.0.1     `=` or `:`; names in any case; the value goes on to the end of the line,
//   planner_port: 8080          `#`, `;` and quotes in it included
//   worker_names = a,b
//     ,c                        an indented line continues the value above
//   upload_host =               an empty value is as good as none
//
// Traps: readers for other INI dialects drop what follows `;` and strip quotes. Files in the wild have a BOM or CRLF.
// Lines that are none of these are left to faasmctl: nobody here should fail over a file that others own.

/** One value of section `[Faasm]` with the line it stands in, from 1. */
export interface IniValue {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/** Reads section `[Faasm]`; names in lower case, the last one of a name wins. */
export function readFaasmIni(text: string): IniValue[] {
  const found = new Map<string, IniValue>();
  let isOurs = false;
  let current: IniValue | undefined;
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (/^\s*($|[#;])/.test(line)) continue;
    const section = /^\[([^\]]+)\]/.exec(line)?.[1];
    if (section !== undefined) {
      isOurs = section === 'Faasm';
      current = undefined;
    } else if (/^\s/.test(line) && current !== undefined) {
      current = { ...current, value: `${current.value}\n${line.trim()}` };
    } else {
      const [, name = '', value = ''] = /^\s*([^=:]*?)\s*[=:](.*)$/.exec(line) ?? [];
      current = name === '' ? undefined : { name: name.toLowerCase(), value: value.trim(), line: index + 1 };
    }
    if (isOurs && current !== undefined) found.set(current.name, current);
  }
  return [...found.values()].filter(({ value }) => value !== '');
}
