// CMakeCache.txt: written by CMake into every build directory it configures (cmake(1), "CMake Cache"; source
// cmCacheManager.cxx).
//
//   # This is the CMakeCache file.            comment; also `//help text` above an entry
//   CMAKE_BUILD_TYPE:STRING=Debug             KEY:TYPE=VALUE up to the end of the line
//   "KEY:WITH COLON":STRING=x                 keys that hold `:` or start with `//` are quoted
//   PADDED:STRING=' two spaces  '             a value with blanks at either end is in single quotes
//
// Traps: a value may hold `=`; internal entries (KEY-ADVANCED:INTERNAL=1) are entries like any other; a variable given by
// -D that no project asked about has the type UNINITIALIZED; a write that was cut short leaves a last line without `=`.

/** The entries of a CMake cache by name. */
export type CmakeCache = ReadonlyMap<string, string>;

const ENTRY = /^(?:"([^"]+)"|([^=:#/"\s][^=:]*)):[A-Z]+=(.*)$/;

/** Reads a CMakeCache.txt; lines that are not entries are passed over. */
export function parseCmakeCache(text: string): CmakeCache {
  const entries = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const found = ENTRY.exec(line);
    const [, quoted, plain, value] = found ?? [];
    const key = quoted ?? plain;
    if (key !== undefined && value !== undefined) entries.set(key, unquote(value));
  }
  return entries;
}

/** What CMake's `if(VALUE)` makes of a cached value. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && /^(1|on|yes|true|y|[1-9]\d*)$/i.test(value);
}

function unquote(value: string): string {
  return value.length >= 2 && value.startsWith("'") && value.endsWith("'") ? value.slice(1, -1) : value;
}
