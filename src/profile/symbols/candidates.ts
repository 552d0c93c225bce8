/** What the symbols of a mapped file are looked for by. Paths are bytes (latin1). */
export interface Wanted {
  readonly path: string;
  /** In hex, where it is known. */
  readonly buildId: string | undefined;
  /** What `.gnu_debuglink` of the file itself says. */
  readonly debugLink: string | undefined;
}

/** Folders that symbols come from. */
export interface SymbolPlaces {
  /** Where distributions put separate debug files. */
  readonly debug: string;
  /** perf's own cache, which is only read; undefined for none. */
  readonly buildIdCache: string | undefined;
}

/**
 * Where a file's symbols may be, in the order in which perf looks (`binary_type_symtab` in `tools/perf/util/symbol.c`):
 * debug link, perf's cache, Fedora's, Ubuntu's and the build-id's debug file, the file itself, OpenEmbedded's.
 */
export function symbolCandidates(wanted: Wanted, places: SymbolPlaces): readonly string[] {
  const { path, buildId, debugLink } = wanted;
  const slash = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, slash), path.slice(slash + 1)];
  const linked =
    debugLink === undefined
      ? []
      : [`${folder}/${debugLink}`, `${folder}/.debug/${debugLink}`, `${places.debug}${folder}/${debugLink}`];
  const byId = buildId === undefined ? undefined : `.build-id/${buildId.slice(0, 2)}/${buildId.slice(2)}`;
  const cached =
    byId === undefined || places.buildIdCache === undefined
      ? []
      : [`${places.buildIdCache}/${byId}/elf`, `${places.buildIdCache}/${byId}/debug`];
  return [
    // Of the three places of a debug link perf takes the first that is there.
    ...linked,
    ...cached,
    `${places.debug}${path}.debug`,
    `${places.debug}${path}`,
    ...(byId === undefined ? [] : [`${places.debug}/${byId}.debug`]),
    path,
    `${folder}/.debug/${name}`,
    // Where /lib is a link to /usr/lib, packages disagree which of the two a file is in.
    ...(path.startsWith('/usr/lib/') ? [`${places.debug}${path.slice('/usr'.length)}`] : []),
  ];
}
