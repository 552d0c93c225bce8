import { randomFillSync } from 'node:crypto';
import {
  ConsoleStdout,
  Directory,
  File,
  OpenFile,
  PreopenDirectory,
  WASI,
  wasi,
} from '@bjorn3/browser_wasi_shim';
import type { GuestMemory } from '../guest-memory.ts';
import { HostDirectory, type HostFolder } from './host-files.ts';
import { type GuestInput, InputFd, OutputFd } from './streams.ts';
import { unstableImports } from './wasi-unstable.ts';

/** Thrown through a function's frames when it calls `proc_exit`; not an Error, so that no stack is captured. */
export class GuestExit {
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** Where a function's standard output and error go. The bytes are only valid during the call. */
export interface GuestOutput {
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
}

/** What a program has of this machine: its own name, variables, folders, streams that say what they are. */
export interface GuestWorld {
  readonly programName: string;
  readonly env: readonly string[];
  readonly folders: readonly HostFolder[];
  readonly stdin: GuestInput;
  readonly isTerminal: { readonly stdout: boolean; readonly stderr: boolean };
}

export interface WasiOptions {
  /** Asked when the function asks. */
  readonly args: () => readonly string[];
  readonly env: readonly string[];
  /** Undefined for a function, which has a file system in memory (`/` and `/tmp`, empty, gone after the call). */
  readonly world: GuestWorld | undefined;
  /** What a function reads from standard input; nothing, when undefined. */
  readonly stdin: GuestInput | undefined;
  readonly output: GuestOutput;
  readonly memory: GuestMemory;
}

export interface WasiHost {
  readonly imports: Readonly<Record<string, WebAssembly.ImportValue>>;
  /** The same under the rules of `wasi_unstable`, the preview before it. */
  readonly unstable: Readonly<Record<string, WebAssembly.ImportValue>>;
  /** Begins a call with fresh streams and files; the function it gives ends the call and resumes the one around it. */
  readonly enter: (memory: WebAssembly.Memory) => () => void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * WASI preview 1, for one call at a time: standard streams, arguments, environment, clocks, random numbers, and files: in memory,
 * or in folders of this machine. What the library does differently from the specification is replaced: byte lengths of
 * arguments, CPU clocks, sleeping without burning the processor, names of files, sockets that answer ENOTSUP.
 */
export function wasiHost({ args, env, world, stdin, output, memory }: WasiOptions): WasiHost {
  const shim = new WASI([], [...env], [], { debug: false });
  const streams = world === undefined ? undefined : streamsOf(world, output);
  const stdout = streams?.stdout ?? new ConsoleStdout(output.stdout);
  const stderr = streams?.stderr ?? new ConsoleStdout(output.stderr);
  const input = world?.stdin ?? stdin;
  const imports = {
    ...shim.wasiImport,
    ...argumentCalls(args, memory),
    ...clockCalls(memory),
    ...fileCalls(shim, memory),
    proc_exit: (code: number): never => {
      throw new GuestExit(code);
    },
    proc_raise: () => wasi.ERRNO_NOSYS,
    sched_yield: () => wasi.ERRNO_SUCCESS,
    random_get: (pointer: number, length: number) => {
      randomFillSync(memory.bytes(pointer, length));
      return wasi.ERRNO_SUCCESS;
    },
    sock_accept: () => wasi.ERRNO_NOTSUP,
    sock_recv: () => wasi.ERRNO_NOTSUP,
    sock_send: () => wasi.ERRNO_NOTSUP,
    sock_shutdown: () => wasi.ERRNO_NOTSUP,
  };
  return {
    imports,
    unstable: unstableImports(imports, memory),
    enter: (attached) => {
      const { inst, fds } = shim;
      shim.inst = { exports: { memory: attached } };
      const folders = world?.folders.map((folder) => HostDirectory.preopened(folder)) ?? [emptyRoot()];
      const opened = input === undefined ? new OpenFile(new File([])) : new InputFd(input);
      shim.fds = [opened, stdout, stderr, ...folders];
      return () => {
        for (const fd of shim.fds.slice(FIRST_OWN_FD)) fd?.fd_close();
        shim.inst = inst;
        shim.fds = fds;
      };
    },
  };
}

const FIRST_OWN_FD = 3;

function streamsOf({ isTerminal }: GuestWorld, output: GuestOutput) {
  const filetype = (isTerminalStream: boolean): number =>
    isTerminalStream ? wasi.FILETYPE_CHARACTER_DEVICE : wasi.FILETYPE_UNKNOWN;
  return {
    stdout: new OutputFd(output.stdout, filetype(isTerminal.stdout)),
    stderr: new OutputFd(output.stderr, filetype(isTerminal.stderr)),
  };
}

/** Files have names in folders here, where the library moves nodes of its own tree; and numbers that were closed are used again. */
function fileCalls(shim: WASI, memory: GuestMemory) {
  const text = (at: number, length: number): string => decoder.decode(memory.bytes(at, length));
  const library = shim.wasiImport;
  const inFolders =
    (
      call: (from: HostDirectory, to: HostDirectory) => number,
      libraryCall: () => unknown,
    ): ((fd: number, newFd: number) => unknown) =>
    (fd, newFd) => {
      const [from, to] = [shim.fds[fd], shim.fds[newFd]];
      if (from === undefined || to === undefined) return wasi.ERRNO_BADF;
      return from instanceof HostDirectory && to instanceof HostDirectory ? call(from, to) : libraryCall();
    };
  return {
    path_open: (
      fd: number,
      dirflags: number,
      pathAt: number,
      pathLength: number,
      oflags: number,
      rights: bigint,
      inheriting: bigint,
      flags: number,
      resultAt: number,
    ) => {
      const folder = shim.fds[fd];
      if (folder === undefined) return wasi.ERRNO_BADF;
      const opened = folder.path_open(dirflags, text(pathAt, pathLength), oflags, rights, inheriting, flags);
      if (opened.ret !== wasi.ERRNO_SUCCESS || opened.fd_obj === null) return opened.ret;
      const closed = shim.fds.findIndex((one, at) => at >= FIRST_OWN_FD && one === undefined);
      const number = closed < 0 ? shim.fds.length : closed;
      shim.fds[number] = opened.fd_obj;
      memory.setUint32(resultAt, number);
      return wasi.ERRNO_SUCCESS;
    },
    path_rename: (...args: [number, number, number, number, number, number]) => {
      const [fd, oldAt, oldLength, newFd, newAt, newLength] = args;
      return inFolders(
        (from, to) => from.renameInto(text(oldAt, oldLength), to, text(newAt, newLength)),
        () => library['path_rename']?.(...args),
      )(fd, newFd);
    },
    path_link: (...args: [number, number, number, number, number, number, number]) => {
      const [fd, flags, oldAt, oldLength, newFd, newAt, newLength] = args;
      return inFolders(
        (from, to) => from.linkInto(text(oldAt, oldLength), (flags & 1) !== 0, to, text(newAt, newLength)),
        () => library['path_link']?.(...args),
      )(fd, newFd);
    },
    path_symlink: (oldAt: number, oldLength: number, fd: number, newAt: number, newLength: number) => {
      const folder = shim.fds[fd];
      if (folder === undefined) return wasi.ERRNO_BADF;
      return folder instanceof HostDirectory
        ? folder.symlinkTo(text(oldAt, oldLength), text(newAt, newLength))
        : wasi.ERRNO_NOTSUP;
    },
    /** A link that is longer than the buffer is cut, as everywhere. */
    path_readlink: (
      fd: number,
      pathAt: number,
      pathLength: number,
      at: number,
      length: number,
      usedAt: number,
    ) => {
      const folder = shim.fds[fd];
      if (folder === undefined) return wasi.ERRNO_BADF;
      const { ret, data } = folder.path_readlink(text(pathAt, pathLength));
      if (ret !== wasi.ERRNO_SUCCESS || data === null) return ret;
      const bytes = encoder.encode(data).subarray(0, length >>> 0);
      memory.bytes(at, bytes.length).set(bytes);
      memory.setUint32(usedAt, bytes.length);
      return wasi.ERRNO_SUCCESS;
    },
    fd_renumber: (fd: number, to: number) => {
      const moved = shim.fds[fd];
      if (moved === undefined) return wasi.ERRNO_BADF;
      if (fd === to) return wasi.ERRNO_SUCCESS;
      shim.fds[to]?.fd_close();
      shim.fds[to] = moved;
      Reflect.set(shim.fds, fd, undefined);
      return wasi.ERRNO_SUCCESS;
    },
  };
}

function emptyRoot(): PreopenDirectory {
  return new PreopenDirectory('/', new Map([['tmp', new Directory(new Map())]]));
}

function argumentCalls(args: () => readonly string[], memory: GuestMemory) {
  const encodedArgs = (): Uint8Array[] => args().map((arg) => encoder.encode(`${arg}\0`));
  return {
    args_sizes_get: (countAt: number, sizeAt: number) => {
      const encoded = encodedArgs();
      memory.setUint32(countAt, encoded.length);
      memory.setUint32(
        sizeAt,
        encoded.reduce((sum, arg) => sum + arg.length, 0),
      );
      return wasi.ERRNO_SUCCESS;
    },
    args_get: (pointersAt: number, textAt: number) => {
      let at = textAt >>> 0;
      encodedArgs().forEach((arg, index) => {
        memory.setUint32((pointersAt >>> 0) + 4 * index, at);
        memory.bytes(at, arg.length).set(arg);
        at += arg.length;
      });
      return wasi.ERRNO_SUCCESS;
    },
  };
}

/** The four clocks of preview 1 in nanoseconds, or undefined for another number. */
function nowNs(clock: number): bigint | undefined {
  if (clock === wasi.CLOCKID_REALTIME) {
    return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
  }
  if (clock === wasi.CLOCKID_MONOTONIC) return process.hrtime.bigint();
  if (clock === wasi.CLOCKID_PROCESS_CPUTIME_ID || clock === wasi.CLOCKID_THREAD_CPUTIME_ID) {
    const { user, system } = process.cpuUsage();
    return BigInt(user + system) * 1000n;
  }
  return undefined;
}

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

function clockCalls(memory: GuestMemory) {
  return {
    clock_res_get: (clock: number, resultAt: number) => {
      if (nowNs(clock) === undefined) return wasi.ERRNO_INVAL;
      memory.view(resultAt, 8).setBigUint64(0, clock === wasi.CLOCKID_MONOTONIC ? 1n : 1000n, true);
      return wasi.ERRNO_SUCCESS;
    },
    clock_time_get: (clock: number, _precision: bigint, resultAt: number) => {
      const now = nowNs(clock);
      if (now === undefined) return wasi.ERRNO_INVAL;
      memory.view(resultAt, 8).setBigUint64(0, now, true);
      return wasi.ERRNO_SUCCESS;
    },
    /** Sleeps until the first clock subscription is due; streams are always ready. */
    poll_oneoff: (subscriptionsAt: number, eventsAt: number, count: number, resultAt: number) => {
      if (count === 0) return wasi.ERRNO_INVAL;
      const subscriptions = memory.view(subscriptionsAt, SUBSCRIPTION_BYTES * count);
      let readyAfterNs: bigint | undefined;
      const delays: bigint[] = [];
      for (let index = 0; index < count; index++) {
        const delay = delayNs(subscriptions, index * SUBSCRIPTION_BYTES);
        if (delay === undefined) return wasi.ERRNO_INVAL;
        delays.push(delay);
        if (readyAfterNs === undefined || delay < readyAfterNs) readyAfterNs = delay;
      }
      const waited = readyAfterNs ?? 0n;
      if (waited > 0n) Atomics.wait(sleeper, 0, 0, Number(waited) / 1e6);
      let ready = 0;
      delays.forEach((delay, index) => {
        if (delay > waited) return;
        const event = memory.view((eventsAt >>> 0) + EVENT_BYTES * ready, EVENT_BYTES);
        event.setBigUint64(0, subscriptions.getBigUint64(index * SUBSCRIPTION_BYTES, true), true);
        event.setUint16(8, wasi.ERRNO_SUCCESS, true);
        event.setUint8(10, subscriptions.getUint8(index * SUBSCRIPTION_BYTES + 8));
        ready++;
      });
      memory.setUint32(resultAt, ready);
      return wasi.ERRNO_SUCCESS;
    },
  };
}

/** Nanoseconds until a `__wasi_subscription_t` is due (0: now), or undefined for an unknown clock. */
function delayNs(subscriptions: DataView, at: number): bigint | undefined {
  if (subscriptions.getUint8(at + 8) !== wasi.EVENTTYPE_CLOCK) return 0n;
  const timeout = subscriptions.getBigUint64(at + 24, true);
  const isAbsolute =
    (subscriptions.getUint16(at + 40, true) & wasi.SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME) !== 0;
  if (!isAbsolute) return timeout;
  const now = nowNs(subscriptions.getUint32(at + 16, true));
  if (now === undefined) return undefined;
  return timeout > now ? timeout - now : 0n;
}
