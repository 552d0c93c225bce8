import { Writable } from 'node:stream';
import { trusted } from '../util/brand.ts';
import type { Output } from './output.ts';

interface Written {
  readonly stream: 'stdout' | 'stderr';
  readonly chunk: Uint8Array;
}

/** The output of tasks that run side by side, not mixed: the first one's as it comes, the others' when it is their turn. */
export class Lanes {
  readonly #output: Output;
  readonly #open: Lane[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  /** What one task prints to; `close` it when the task has ended. */
  open(title: string): { readonly output: Output; close(): void } {
    const lane = new Lane(this.#output);
    this.#open.push(lane);
    if (this.#open[0] === lane) lane.show();
    lane.output.emit({ event: 'note', text: title });
    return {
      output: lane.output,
      close: () => {
        lane.isDone = true;
        // Whoever ended while another one was shown is next, whole.
        while (this.#open[0]?.isDone === true) {
          this.#open.shift();
          this.#open.sort((a, b) => Number(b.isDone) - Number(a.isDone));
          this.#open[0]?.show();
        }
      },
    };
  }
}

class Lane {
  readonly output: Output;
  isDone = false;
  isDisplayed = false;
  readonly #parent: Output;
  #held: Written[] = [];

  constructor(parent: Output) {
    this.#parent = parent;
    this.output = parent.beside(this.#sink('stdout'), this.#sink('stderr'));
  }

  /** From here on what is written appears at once; first what was held. */
  show(): void {
    if (this.isDisplayed) return;
    this.isDisplayed = true;
    for (const { stream, chunk } of this.#held) this.#parent.streams[stream].write(chunk);
    this.#held = [];
  }

  #sink(stream: Written['stream']): NodeJS.WriteStream {
    const sink = new Writable({
      autoDestroy: false,
      write: (chunk: Uint8Array, _encoding, done) => {
        if (this.isDisplayed) this.#parent.streams[stream].write(chunk, done);
        else {
          this.#held.push({ stream, chunk });
          done();
        }
      },
    });
    // Whoever wrote is told; nobody else listens.
    sink.on('error', () => undefined);
    const { columns } = this.#parent.streams[stream];
    return trusted<NodeJS.WriteStream>(Object.assign(sink, columns === undefined ? {} : { columns }));
  }
}
