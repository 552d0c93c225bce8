import { constants } from 'node:fs';
import { access, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../doctor/check.ts';
import { findOnPath } from '../../faasm/binaries.ts';
import type { Settings } from '../../faasm/settings.ts';
import { runChild } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';
import { Interrupted, messageOf } from '../../util/errors.ts';
import { homeFolder } from '../../util/home.ts';
import { askHttp, HttpError } from '../../util/http.ts';

const PROGRAM_SECONDS = 1.5;
/** More would only slow each other down, and the recording. */
const PROGRAMS_AT_ONCE = 4;
const NETWORK_MS = 600;
const MOST_TEXT = 64 * 1024;

/** This machine, as the doctor's checks see it. Tests put the system's own files (`/proc`, `/etc` …) elsewhere. */
export function machineHost(
  context: Pick<TaskContext, 'env' | 'signal'>,
  settings: Pick<Settings, 'value'>,
  systemRoot = '/',
): Host {
  const { env, signal } = context;
  const turn = turns(PROGRAMS_AT_ONCE);
  return {
    signal,
    env,
    settings,
    isRoot: process.getuid?.() === 0,
    system: (path) => join(systemRoot, path),
    home: homeFolder(env),
    temporary: env['TMPDIR'] || tmpdir(),
    which: async (name) => await findOnPath(name, env),
    program: async (argv, timeoutSeconds = PROGRAM_SECONDS) => {
      let [out, err] = ['', ''];
      const done = await turn();
      try {
        const outcome = await runChild(
          { argv, env: { LC_ALL: 'C' } },
          {
            signal,
            env,
            timeoutSeconds,
            onLine: (line) => {
              err += `${line}\n`;
            },
            stdout: async (bytes) => {
              const decoder = new TextDecoder();
              for await (const chunk of bytes) {
                if (out.length < MOST_TEXT) out += decoder.decode(chunk, { stream: true });
              }
            },
          },
        );
        return { exitCode: outcome.exitCode, text: out + err, timedOut: outcome.timedOut };
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        return { exitCode: undefined, text: messageOf(error), timedOut: false };
      } finally {
        done();
      }
    },
    text: async (path) => await readFile(path, 'utf8').catch(() => undefined),
    facts: async (path) => {
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) return undefined;
      const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
      return { kind, sizeBytes: found.size, modifiedMs: found.mtimeMs };
    },
    list: async (path) => await readdir(path).catch(() => undefined),
    newest: async (path, isWanted) => {
      const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
      const files = entries.filter((entry) => entry.isFile() && isWanted(entry.name));
      const dated = await Promise.all(
        files.map(async (entry) => {
          const file = join(entry.parentPath, entry.name);
          return { path: file, modifiedMs: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 };
        }),
      );
      return dated.sort((a, b) => b.modifiedMs - a.modifiedMs)[0];
    },
    isWritable: async (path) =>
      await access(path, constants.W_OK).then(
        () => true,
        () => false,
      ),
    freeBytes: async (path) => {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
    get: async (url) => await get(url, signal),
    ask: async (server, port, line) => await ask(server, port, line),
  };
}

/** Lets so many in at a time; what is returned lets the next one in. */
function turns(most: number): () => Promise<() => void> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async () => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    return () => {
      running -= 1;
      waiting.shift()?.();
    };
  };
}

async function get(url: string, signal: AbortSignal): ReturnType<Host['get']> {
  const limits = { totalMs: NETWORK_MS, mostBytes: MOST_TEXT, cut: true };
  try {
    const { status, headers, bytes } = await askHttp({ method: 'GET', url, signal, ...limits });
    return { status, headers, body: Buffer.from(bytes).toString('latin1') };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.trouble === 'no-answer') return { why: `no answer in ${NETWORK_MS} ms` };
    return { why: error.trouble === 'refused' ? 'connection refused' : error.message };
  }
}

async function ask(server: string, port: number, line: string): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const socket = connect({ host: server, port });
    const end = (answer?: string): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(NETWORK_MS, () => end());
    socket.on('connect', () => {
      if (line !== '') socket.write(line);
    });
    socket.on('data', (bytes) => end(bytes.toString('latin1')));
    socket.on('error', () => end());
    socket.on('close', () => end());
  });
}
