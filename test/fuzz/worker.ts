import { type ChildProcess, fork } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Instruction, type Report, report } from './messages.ts';
import { limits, type Why } from './one-input.ts';

const program = fileURLToPath(new URL('../../scripts/fuzz_worker.ts', import.meta.url));
const watchMs = 200;

/** Processor time of a process so far (0 where the machine does not tell), and whether it waits for something else than a processor. */
function stateOf(pid: number | undefined): { readonly usedMs: number; readonly isAsleep: boolean } {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ');
    const [user = '0', system = '0'] = fields.split(' ').slice(11);
    return { usedMs: (Number(user) + Number(system)) * 10, isAsleep: !fields.startsWith('R') };
  } catch {
    return { usedMs: 0, isAsleep: true };
  }
}

/** How a worker ended that did not end by itself, and the input that it was reading. */
interface Death {
  readonly why: Why;
  readonly said: string;
  readonly bytes: Buffer;
}

/** A process that reads inputs, watched: it is killed when one of them takes too long. */
export class Worker {
  readonly #folder: string;
  readonly #child: ChildProcess;
  #listen: (message: Report) => void = () => {};
  #ended: (death: Death) => void = () => {};
  #isBusy = false;
  #isHung = false;
  #last = -1;
  #looksAsleep = 0;
  #usedBefore = 0;
  #text = '';
  readonly #timer: NodeJS.Timeout;

  constructor() {
    // Inputs are written to files: in memory, where the machine has such a folder.
    const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
    this.#folder = mkdtempSync(join(base, 'fuzz-'));
    mkdirSync(join(this.#folder, 'place'));
    this.#child = fork(program, [join(this.#folder, 'place')], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--import', 'tsx', '--max-old-space-size=400'],
      // Ctrl-C is for the process that gathers: it ends its workers itself.
      detached: true,
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#text = (this.#text + chunk.toString()).slice(-4000);
    });
    this.#child.on('message', (message) => this.#listen(report.parse(message)));
    this.#child.on('exit', (code, signal) => this.#onExit(code, signal));
    this.#timer = setInterval(() => this.#watch(), watchMs);
  }

  /** Gives an instruction; ends with what the worker said last, or how it died. */
  async ask(
    asked: Instruction,
    finding: (found: Extract<Report, { kind: 'finding' }>) => void,
  ): Promise<Report | Death> {
    this.#isBusy = true;
    this.#last = -1;
    try {
      return await new Promise((resolve) => {
        this.#ended = resolve;
        this.#listen = (message) => (message.kind === 'finding' ? finding(message) : resolve(message));
        this.#child.send(asked, (failure) => {
          if (failure !== null) this.#onExit(this.#child.exitCode, this.#child.signalCode);
        });
      });
    } finally {
      this.#isBusy = false;
    }
  }

  /** Ends the process, and removes its files. */
  end(): void {
    clearInterval(this.#timer);
    this.#child.removeAllListeners('exit');
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #watch(): void {
    const { number } = this.#current();
    const { usedMs, isAsleep } = stateOf(this.#child.pid);
    if (!this.#isBusy || number !== this.#last || number === 0) {
      this.#last = number;
      this.#looksAsleep = 0;
      this.#usedBefore = usedMs;
      return;
    }
    // A little more than the limit: what ends by itself can tell what it was.
    if (isAsleep) this.#looksAsleep += 1;
    const used = usedMs - this.#usedBefore;
    if (used < limits.milliseconds * 1.3 && this.#looksAsleep < limits.looksAsleep) return;
    this.#isHung = true;
    this.#child.kill('SIGKILL');
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    clearInterval(this.#timer);
    const { bytes } = this.#current();
    const isMemory = /heap out of memory|allocation failed/i.test(this.#text);
    const why = this.#isHung ? 'hang' : code === 0 || isMemory ? 'memory' : 'crash';
    const last = this.#text.trim().split('\n').at(-1) ?? '';
    const said = this.#isHung
      ? `more than ${limits.milliseconds} ms`
      : `exit ${code ?? signal} ${isMemory ? '' : last}`;
    this.#ended({ why, said, bytes });
  }

  /** The input that is being read, and how many there were up to it. */
  #current(): { readonly number: number; readonly bytes: Buffer } {
    try {
      const fd = openSync(join(this.#folder, 'place', 'current'), 'r');
      const head = Buffer.alloc(8);
      readSync(fd, head, 0, 8, 0);
      const bytes = Buffer.alloc(head.readUInt32LE(4));
      if (this.#isHung || !this.#child.connected) readSync(fd, bytes, 0, bytes.length, 8);
      closeSync(fd);
      return { number: head.readUInt32LE(0), bytes };
    } catch {
      return { number: 0, bytes: Buffer.alloc(0) };
    }
  }
}
