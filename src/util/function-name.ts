/** Where the parts of a function's name are that a reader can do without, found in one pass. */
interface NameParts {
  /** Top-level `(…)` of parameters and `<…>` of template arguments: [opening, behind the closing one]. */
  readonly groups: readonly { readonly open: number; readonly end: number; readonly isTemplate: boolean }[];
  /** Where each `::` component begins, return type left out. */
  readonly components: readonly number[];
}

const closing: Readonly<Record<string, string>> = { '(': ')', '<': '>', '{': '}', '[': ']' };
const operators = /^(?:\(\)|\[\]|<=>|<<=|>>=|->\*|<<|>>|<=|>=|->|<|>)/;
const word = /[\w$~\u0080-\uffff]/;

/**
 * The best label for a function in a place that is too narrow for its name: what distinguishes least goes first. Parameters and the
 * return type (`(…)`), template arguments (`‹…›`), outer namespaces (`…::`), and only then the end of the function's own name.
 * Reads names as demanglers of C++ and Rust, Go, Java and V8 write them; takes time in proportion to the name.
 *
 * @param fits whether a text fits; a text that is a prefix of another fits where that does.
 * @param cut the text as far as it fits, marked as cut.
 */
export function elidedName(
  name: string,
  fits: (text: string) => boolean,
  cut: (text: string) => string,
): string {
  if (fits(name)) return name;
  let plain = name;
  for (const mark of marks) {
    plain = withoutMark(plain, mark);
    if (fits(plain)) return plain;
  }
  return elidedPlain(plain, fits, cut);
}

function elidedPlain(name: string, fits: (text: string) => boolean, cut: (text: string) => string): string {
  if (!/[(<:]/.test(name)) return withoutPath(name, fits, cut);
  const parts = partsOf(name);
  const own = ownStart(name, parts.components);
  const [start = 0] = parts.components;
  const without = (from: number, isTemplateToo: boolean): string => elided(name, parts, from, isTemplateToo);
  for (const isTemplateToo of [false, true]) {
    const text = without(start, isTemplateToo);
    if (fits(text)) return text;
  }
  // From the inside out: what does not fit need not be made longer.
  let best: string | undefined;
  for (const from of parts.components.filter((one) => one > start && one <= own).reverse()) {
    const text = `…::${without(from, true)}`;
    if (!fits(text)) break;
    best = text;
  }
  if (best !== undefined) return best;
  const short = without(own, true);
  if (fits(short)) return short;
  const bare = bareName(name, parts, own);
  if (fits(bare)) return bare;
  return bare.includes('::') ? cut(bare) : withoutPath(bare, fits, cut);
}

const marks = [
  // Where V8 writes that a function is: behind its name.
  /^(?:JS|LazyCompile|Function|Script|Eval|RegExp):\S+( .*)$/s,
  // V8's kind and tier of code.
  /^((?:JS|LazyCompile|Function|Script|Eval|RegExp):[*~^+]?).+$/s,
  // Rust's hash of a function's type.
  /^.+(::h[0-9a-f]{16})$/s,
  /^((?:(?:non-)?virtual thunk to|covariant return thunk to|(?:vtable|typeinfo|typeinfo name|guard variable) for) ).+$/s,
] as const;

function withoutMark(name: string, mark: RegExp): string {
  const found = mark.exec(name)?.[1];
  if (found === undefined) return name;
  return name.startsWith(found) ? name.slice(found.length) : name.slice(0, -found.length);
}

/** Go's and Java's packages: `github.com/x/y.(*T).Run` as `y.(*T).Run`, `(*T).Run`, `Run`. */
function withoutPath(name: string, fits: (text: string) => boolean, cut: (text: string) => string): string {
  const open = name.indexOf('(');
  const slash = name.lastIndexOf('/', open < 0 ? undefined : open);
  if (slash < 0 || slash === name.length - 1 || name.startsWith('[')) return cut(name);
  const file = name.slice(slash + 1);
  if (fits(file)) return file;
  const method = file.slice(file.indexOf('.') + 1);
  if (method !== '' && fits(method)) return method;
  const own = method.slice(method.lastIndexOf('.') + 1);
  return fits(own) ? own : cut(own === '' ? file : own);
}

function partsOf(name: string): NameParts {
  const groups: { open: number; end: number; isTemplate: boolean }[] = [];
  const components = [0];
  const stack = new Brackets();
  let operatorEnd = -2;
  for (let i = 0; i < name.length; i += 1) {
    const char = name.charAt(i);
    if (char === 'o' && isOperator(name, i)) {
      i += 'operator'.length - 1;
      i += operators.exec(name.slice(i + 1, i + 4))?.[0].length ?? 0;
      operatorEnd = i + 1;
      continue;
    }
    const close = isComparison(name, i) ? undefined : closing[char];
    if (close !== undefined) stack.open(i, close);
    else if (
      (char === '>' && !isComparison(name, i) && name.charAt(i - 1) !== '-') ||
      char === ')' ||
      char === '}' ||
      char === ']'
    ) {
      const opened = stack.close(char);
      if (opened === undefined) continue;
      const isOfOperator =
        opened === operatorEnd || (opened === operatorEnd + 1 && name.charAt(operatorEnd) === ' ');
      const isAny = isOfOperator || isArguments(name, opened);
      if (stack.isEmpty && (char === '>' || char === ')') && isAny) {
        groups.push({ open: opened, end: i + 1, isTemplate: char === '>' });
      }
    } else if (stack.isEmpty && char === ':' && name.charAt(i + 1) === ':') {
      components.push(i + 2);
      i += 1;
    } else if (stack.isEmpty && char === ' ' && i !== operatorEnd && isBehindType(name, i)) {
      // What stood before it was the return type.
      components.length = 0;
      groups.length = 0;
      components.push(i + 1);
    }
  }
  return { groups, components };
}

/** In an expression among template arguments: `(4) < (8)`. */
function isComparison(name: string, i: number): boolean {
  return name.startsWith(' < ', i - 1) || name.startsWith(' > ', i - 1);
}

function isOperator(name: string, i: number): boolean {
  return name.startsWith('operator', i) && !word.test(name.charAt(i - 1)) && !word.test(name.charAt(i + 8));
}

/** The brackets that are open, innermost last. */
class Brackets {
  readonly #stack: { readonly at: number; readonly close: string }[] = [];
  /** How many wait for each closing one: what closes nothing is not looked for. */
  readonly #waiting: Record<string, number> = {};

  get isEmpty(): boolean {
    return this.#stack.length === 0;
  }

  open(at: number, close: string): void {
    this.#stack.push({ at, close });
    this.#waiting[close] = (this.#waiting[close] ?? 0) + 1;
  }

  /** Closes the innermost bracket of its kind, and says where it was opened; of those in between (`a < b` in an expression) none was one. */
  close(char: string): number | undefined {
    // A `>` alone is a comparison; it closes nothing but the bracket at hand.
    if (char === '>' && this.#stack.at(-1)?.close !== '>') return undefined;
    if ((this.#waiting[char] ?? 0) === 0) return undefined;
    for (let top = this.#stack.pop(); top !== undefined; top = this.#stack.pop()) {
      this.#waiting[top.close] = (this.#waiting[top.close] ?? 0) - 1;
      if (top.close === char) return top.at;
    }
    return undefined;
  }
}

/** `(anonymous namespace)`, Go's `(*T)` and Rust's `<T as Trait>` are names; what follows a name is arguments. */
function isArguments(name: string, open: number): boolean {
  const before = name.charAt(open - 1);
  return word.test(before) || before === '>' || before === ')' || before === '}' || before === ']';
}

/** A space that ends a return type: a name follows it, no qualifier and no `[clone …]`. */
function isBehindType(name: string, i: number): boolean {
  const before = name.slice(Math.max(0, i - 12), i);
  if (/\boperator$/.test(before)) return false;
  return !/^(?:const\b|volatile\b|noexcept\b|&|\[|\*|->|in\b)/.test(name.slice(i + 1, i + 10));
}

/** Where the own name begins. A lambda's `operator()` or a closure says nothing without what it is in. */
function ownStart(name: string, components: readonly number[]): number {
  for (let i = components.length - 1; i > 0; i -= 1) {
    const own = components[i] ?? 0;
    if (
      !/^(?:operator\b|\{\{|\{lambda|\{closure|\{unnamed|'lambda|h[0-9a-f]{16}$)/.test(
        name.slice(own, own + 32),
      )
    )
      return own;
  }
  return components[0] ?? 0;
}

function elided(name: string, { groups }: NameParts, from: number, isTemplateToo: boolean): string {
  let text = '';
  let at = from;
  for (const { open, end, isTemplate } of groups) {
    if (open < from || (isTemplate && !isTemplateToo)) continue;
    const isEmpty = name.slice(open + 1, end - 1).trim() === '';
    text += name.slice(at, open) + (isEmpty ? name.slice(open, end) : isTemplate ? '‹…›' : '(…)');
    at = end;
  }
  const rest = name.slice(at);
  // ` const`, ` [clone .isra.0]`
  return isTemplateToo && at > from && rest.startsWith(' ') ? text : text + rest;
}

/** The own name without arguments, and without what stands behind them. */
function bareName(name: string, { groups }: NameParts, own: number): string {
  const components = groups.filter(({ open }) => open > own);
  let text = '';
  let at = own;
  for (const { open, end } of components) {
    text += name.slice(at, open);
    at = end;
  }
  const rest = name.slice(at);
  return (components.length > 0 && !rest.startsWith('::') ? text : text + rest).trimEnd();
}
