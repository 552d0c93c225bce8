import { Fd, wasi } from '@bjorn3/browser_wasi_shim';
import { fdstat, HostStat } from './wasi-answers.ts';

/** Standard input of a program: bytes from a position on, none at the end. */
export interface GuestInput {
  readonly filetype: number;
  read(position: number, size: number): Uint8Array;
}

/** One program's reading of an input, from its beginning. */
export class InputFd extends Fd {
  readonly #input: GuestInput;
  #position = 0;

  constructor(input: GuestInput) {
    super();
    this.#input = input;
  }

  override fd_fdstat_get() {
    return fdstat(this.#input.filetype, 0, BigInt(wasi.RIGHTS_FD_READ));
  }

  override fd_filestat_get() {
    return { ret: wasi.ERRNO_SUCCESS, filestat: new HostStat(0n, this.#input.filetype, 0n) };
  }

  override fd_read(size: number) {
    const data = this.#input.read(this.#position, size);
    this.#position += data.length;
    return { ret: wasi.ERRNO_SUCCESS, data };
  }

  override fd_seek() {
    return { ret: wasi.ERRNO_SPIPE, offset: 0n };
  }
}

/** A stream that is written at once, and says truly whether it is a terminal: C libraries buffer by that. */
export class OutputFd extends Fd {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #filetype: number;

  constructor(write: (bytes: Uint8Array) => void, filetype: number) {
    super();
    this.#write = write;
    this.#filetype = filetype;
  }

  override fd_fdstat_get() {
    return fdstat(this.#filetype, 0, BigInt(wasi.RIGHTS_FD_WRITE));
  }

  override fd_filestat_get() {
    return { ret: wasi.ERRNO_SUCCESS, filestat: new HostStat(0n, this.#filetype, 0n) };
  }

  override fd_write(data: Uint8Array) {
    this.#write(data);
    return { ret: wasi.ERRNO_SUCCESS, nwritten: data.length };
  }

  override fd_seek() {
    return { ret: wasi.ERRNO_SPIPE, offset: 0n };
  }
}
