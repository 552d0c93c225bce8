import { slipsOf } from '../src/util/near.ts';
import type { Bound, Collected, ModelContext } from './invoke-contexts.ts';
import type { Differences } from './invoke-model.ts';
import { NotAValue } from './invoke-values.ts';

/** The line is wrong, or Invoke dies over it. */
export class ModelUsage extends Error {}

interface Word {
  readonly text: string;
  /** Stood behind a `=` (or a letter) and is a value, whatever it looks like; only where that difference is on. */
  readonly isValue?: boolean;
}

/** Flags that Invoke looks at before it reads any task. */
const early = new Set(['collection', 'search-root', 'config', 'version', 'print-completion-script']);

/** One pass of Invoke over a line: with the core flags alone it keeps what it does not know, with tasks that is an error. */
export class ModelReader {
  readonly core: ModelContext;
  readonly calls: ModelContext[] = [];
  readonly unparsed: string[] = [];
  /** The task whose help was asked for, where that ends the line. */
  isHelp = false;
  open: ModelContext;
  readonly #find: Collected['find'] | undefined;
  readonly #on: Differences;
  #flag: Bound | undefined;
  #hasGot = false;
  /** What is wrong with a value of the open task. */
  #wrong: NotAValue | undefined;

  constructor(core: ModelContext, find: Collected['find'] | undefined, on: Differences) {
    this.core = core;
    this.open = core;
    this.#find = find;
    this.#on = on;
  }

  get isTaskOpen(): boolean {
    return this.open !== this.core;
  }

  /** The flag that wants the next word. */
  get waiting(): Bound | undefined {
    return this.isWaiting ? this.#flag : undefined;
  }

  get isWaiting(): boolean {
    const flag = this.#flag;
    if (flag === undefined || !flag.takesValue) return false;
    return flag.kind === 'list' ? !this.#hasGot : flag.raw === undefined;
  }

  /** The last flag has had its value before, so that Invoke waits for none. */
  get #isRepeated(): boolean {
    const flag = this.#flag;
    return flag?.takesValue === true && flag.kind !== 'list' && flag.raw !== undefined && !this.#hasGot;
  }

  /** @throws ModelUsage, NotAValue. */
  read(words: readonly string[]): this {
    const queue: Word[] = words.map((text) => ({ text }));
    while (!this.isHelp) {
      const word = queue.shift();
      if (word === undefined) break;
      if (this.unparsed.length > 0) {
        this.unparsed.push(word.text);
        continue;
      }
      const [head, ...rest] = this.#divided(word);
      queue.unshift(...rest);
      if (!this.#handle(head)) this.unparsed.push(word.text);
      if (this.unparsed.length > 0) queue.splice(0, rest.length);
    }
    return this;
  }

  /** The end of the line. */
  finish(): this {
    if (this.isHelp) return this;
    this.#endPendingFlag();
    this.#close();
    return this;
  }

  /** A flag by this word: of the open task, or of the program. */
  #lookUp(word: string): Bound | undefined {
    return this.open.flag(word) ?? this.core.flag(word);
  }

  #isAnyFlag(word: string): boolean {
    return this.#lookUp(word) !== undefined || this.#lookUpInverse(word) !== undefined;
  }

  #lookUpInverse(word: string): Bound | undefined {
    return this.open.inverse(word);
  }

  /** `--a=b` and `-abc` as the words they stand for. */
  #divided(word: Word): [Word, ...Word[]] {
    const { text } = word;
    if (word.isValue === true || !text.startsWith('-')) return [word];
    const parts = this.#parts(text);
    const [head] = parts;
    const isNamed = this.open.flag(head.text) !== undefined;
    const isLet = this.#flag?.isOptional === true && (isNamed || this.#endsOptional(text));
    const isStuck = this.isWaiting && !isLet;
    const isVain = this.#on.has('words stay whole') && !this.#isAnyFlag(head.text);
    return isStuck || isVain ? [word] : parts;
  }

  /** `--log --dry`: a flag that may stand alone does. */
  #endsOptional(word: string): boolean {
    return this.#on.has('flags are no values') && this.isTaskOpen && this.#isKnownFlag(word);
  }

  /** A flag of the task or the program, with its value or alone, or several switches in one word. */
  #isKnownFlag(word: string): boolean {
    // One letter of the program's is a value, as it is to Invoke.
    if (/^-[A-Za-z]$/.test(word) && this.open.flag(word) === undefined) return false;
    if (!/^-./.test(word)) return false;
    const [head = ''] = word.split('=', 1);
    if (this.#isAnyFlag(head) || this.core.inverse(word) !== undefined) return true;
    if (!/^-[^-]./.test(head)) return false;
    for (let at = 1; at < head.length; at++) {
      const flag = this.#lookUp(`-${head[at]}`);
      if (flag === undefined) return false;
      if (flag.takesValue) return flag.kind === 'int' && /^\d+$/.test(word.slice(at + 1));
    }
    return true;
  }

  /** Of the task and of the program. */
  #isNearFlag(word: string): boolean {
    const [head = ''] = word.split('=', 1);
    const known = [this.open, this.core].flatMap((context) => context.longFlags());
    return head.startsWith('--') && head.length > 2 && slipsOf(head, known).length > 0;
  }

  #parts(text: string): [Word, ...Word[]] {
    const cut = text.indexOf('=');
    const head = cut === -1 ? text : text.slice(0, cut);
    const isGroup = !head.startsWith('--') && head.length > 2;
    const joins = this.#on.has('short flags with a value in a group');
    if (cut !== -1 && !(isGroup && joins)) {
      return [{ text: head }, this.#value(text.slice(cut + 1))];
    }
    if (!isGroup) return [{ text }];
    const [first, rest] = [text.slice(0, 2), text.slice(2)];
    if (this.open.flag(first)?.takesValue === true) return [{ text: first }, this.#value(rest)];
    const words: [Word, ...Word[]] = [{ text: first }];
    if (!joins) return [...words, ...[...rest].map((letter) => ({ text: `-${letter}` }))];
    // From here on as we do it: the first letter that takes a value takes the rest.
    for (let at = 1; at < text.length; at++) {
      const flag = this.#lookUp(`-${text[at]}`);
      if (at > 1) words.push({ text: `-${text[at]}` });
      const value = text.slice(at + 1);
      if (value === '' || (flag?.takesValue !== true && !value.startsWith('='))) continue;
      return [...words, { text: value.replace(/^=/, ''), isValue: true }];
    }
    return words;
  }

  #value(text: string): Word {
    return this.#on.has('= protects the value') ? { text, isValue: true } : { text };
  }

  /** @returns false for a word that the program's own flags do not explain. */
  #handle(word: Word): boolean {
    const { text } = word;
    if (word.isValue === true) {
      if (this.#flag === undefined || !this.isWaiting) throw new ModelUsage('takes no value');
      this.#set(text);
      return true;
    }
    const own = this.open.flag(text);
    const inverse = own === undefined ? this.open.inverse(text) : undefined;
    const ofCore = this.isTaskOpen ? this.core.flag(text) : undefined;
    if (own === undefined && this.isTaskOpen && (text === '-h' || text === '--help')) {
      if (this.#on.has('help after a task')) {
        this.isHelp = true;
        return true;
      }
    }
    const missing = this.open.missing();
    const goesToCore = ofCore !== undefined && this.#on.has('core flags are no positionals');
    if (own !== undefined) this.#switch(own, true);
    else if (inverse !== undefined) this.#switch(inverse, false);
    else if (this.#isRepeated && !/^-./.test(text) && this.#on.has('given twice')) {
      throw new ModelUsage('given twice');
    } else if (this.isWaiting && !(this.#flag?.isOptional === true && this.#endsOptional(text))) {
      if (this.#on.has('flags are no values') && (this.#isKnownFlag(text) || this.#isNearFlag(text))) {
        throw new ModelUsage(`${text} is a flag`);
      }
      this.#refuseAmbiguous(text);
      this.#set(text);
    } else if (missing !== undefined && !goesToCore) {
      const isFlag = this.#isNearFlag(text) || /^--[a-z][\w-]*=/i.test(text);
      if (this.#on.has('flags are no values') && isFlag) throw new ModelUsage(text);
      missing.set(text, this.#on);
    } else if (this.#find?.(text) !== undefined) this.#openTask(text);
    else if (ofCore?.name === 'help') ofCore.set(this.open.name, this.#on);
    else if (ofCore !== undefined) {
      if (early.has(ofCore.name) && this.#on.has('before the first task')) throw new ModelUsage('late');
      this.#switch(ofCore, true);
    } else if (this.#find === undefined) return false;
    else throw new ModelUsage(`No idea what ${text} is`);
    return true;
  }

  #openTask(name: string): void {
    this.#endPendingFlag();
    this.#close();
    this.#flag = undefined;
    this.open = this.#find?.(name)?.fresh() ?? this.core;
  }

  #switch(flag: Bound, isOn: boolean): void {
    this.#refuseAmbiguous(flag.spec.spellings[0] ?? '');
    this.#endPendingFlag();
    this.#flag = flag;
    this.#hasGot = false;
    if (flag.kind === 'list') flag.isGiven = true;
    if (flag.takesValue) return;
    flag.turn(isOn);
    this.#hasGot = true;
  }

  #set(text: string): void {
    this.#hasGot = true;
    try {
      this.#flag?.set(text, this.#on);
    } catch (error) {
      // A wrong value does not keep the help of its task away.
      if (!(error instanceof NotAValue) || !this.isTaskOpen || !this.#on.has('help after a task'))
        throw error;
      this.#wrong = error;
    }
  }

  #refuseAmbiguous(word: string): void {
    const flag = this.#flag;
    if (flag === undefined || !flag.isOptional || flag.raw !== undefined) return;
    // Before a task nothing is ambiguous; only completion, which Invoke reads in one pass, says otherwise.
    if (!this.isTaskOpen && this.#on.has('completion of values')) return;
    if (this.open.missing() !== undefined || this.#find?.(word) !== undefined) {
      throw new ModelUsage(`${word} is ambiguous`);
    }
  }

  #endPendingFlag(): void {
    const flag = this.#flag;
    if (flag === undefined || !flag.takesValue || flag.kind === 'list') return;
    if (flag.raw !== undefined) return;
    if (!flag.isOptional) throw new ModelUsage(`--${flag.name} needs a value`);
    flag.leaveBare();
  }

  #close(): void {
    if (!this.isTaskOpen) return;
    if (this.open.missing() !== undefined) throw new ModelUsage('a positional is missing');
    if (this.#on.has('lists are parameters like others') && this.open.lacksList()) {
      throw new ModelUsage('a list is missing');
    }
    if (this.#wrong !== undefined) throw this.#wrong;
    this.calls.push(this.open);
  }
}
