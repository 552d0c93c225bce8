/**
 * What a value breaks of a JSON schema, as far as speedscope's and our own go: $ref, anyOf, type, const, enum, required,
 * properties, additionalProperties (none), items, minimum. An unknown keyword is a complaint too, so that nothing is skipped in silence.
 */
export function complaints(value: unknown, schema: unknown, root: unknown = schema, path = '$'): string[] {
  const found: string[] = [];
  for (const [keyword, rule] of Object.entries(record(schema))) {
    switch (keyword) {
      case '$ref':
        found.push(...complaints(value, resolve(root, String(rule)), root, path));
        break;
      case 'anyOf': {
        const branches = list(rule).map((branch) => complaints(value, branch, root, path));
        if (!branches.some((branch) => branch.length === 0)) found.push(...(branches.at(-1) ?? []));
        break;
      }
      case 'type':
        if (typeOf(value) !== rule) found.push(`${path} is ${typeOf(value)}, not ${String(rule)}`);
        break;
      case 'const':
        if (value !== rule) found.push(`${path} is not ${String(rule)}`);
        break;
      case 'enum':
        if (!list(rule).includes(value)) found.push(`${path} is none of ${list(rule).join(', ')}`);
        break;
      case 'required':
        for (const key of list(rule))
          if (!(String(key) in record(value))) found.push(`${path}.${String(key)} is missing`);
        break;
      case 'properties':
        for (const [key, inner] of Object.entries(record(rule))) {
          if (key in record(value))
            found.push(...complaints(record(value)[key], inner, root, `${path}.${key}`));
        }
        break;
      case 'items':
        for (const [i, item] of list(value).entries())
          found.push(...complaints(item, rule, root, `${path}[${i}]`));
        break;
      case 'minimum':
        if (typeof value === 'number' && !(value >= Number(rule))) found.push(`${path} is ${value}`);
        break;
      case 'additionalProperties':
        if (rule !== false) found.push(`${path}: only "additionalProperties": false is known here`);
        for (const key of Object.keys(record(value)))
          if (!(key in record(record(schema)['properties'])))
            found.push(`${path}.${key} is not in the schema`);
        break;
      case 'title':
      case 'description':
      case '$defs':
      case 'definitions':
      case '$schema':
        break;
      default:
        found.push(`the schema's keyword ${keyword} at ${path} is not known here`);
    }
  }
  return found;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function resolve(root: unknown, reference: string): unknown {
  const parts = reference.replace(/^#\//, '').split('/');
  return parts.reduce((at: unknown, part) => record(at)[decodeURIComponent(part)], root);
}
