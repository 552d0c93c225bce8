import { spawnSync } from 'node:child_process';

/** A tmux session: a real terminal that the test types into and reads from. */
export interface Terminal {
  type(text: string): void;
  /** The same without Enter. */
  write(text: string): void;
  /** Sends one key by tmux's name for it: `Enter`, `C-c`. */
  press(key: string): void;
  screen(): string;
  /** True while the program has hidden the cursor. */
  isCursorHidden(): boolean;
  /** Waits until the screen matches; fails with the screen when it has not after five minutes, which a busy machine may need. */
  waitFor(pattern: RegExp): Promise<string>;
  close(): void;
}

const CEILING_MS = 300_000;

let serial = 0;

/** Opens a terminal of its own tmux server, with a bare shell in `cwd`. */
export function openTerminal(cwd: string, env: Readonly<Record<string, string>>): Terminal {
  const socket = `tasks-test-${process.pid}-${serial++}`;
  const tmux = (...args: string[]): string => {
    const done = spawnSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`tmux ${args.join(' ')}: ${done.stderr}`);
    return done.stdout;
  };
  const settings = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  // `CI` would turn the live view off, which is what is looked at here.
  const shell = ['env', '-u', 'CI', '-u', 'NO_COLOR', 'TERM=xterm-256color', 'PS1=$ ', 'sh'];
  tmux(
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    '-s',
    'main',
    '-x',
    '100',
    '-y',
    '40',
    '-c',
    cwd,
    ...settings,
    ...shell,
  );
  const screen = (): string => tmux('capture-pane', '-p', '-t', 'main');
  const write = (text: string): void => {
    tmux('send-keys', '-t', 'main', '-l', text);
  };
  return {
    type: (text) => {
      write(text);
      tmux('send-keys', '-t', 'main', 'Enter');
    },
    write,
    press: (key) => {
      tmux('send-keys', '-t', 'main', key);
    },
    screen,
    isCursorHidden: () => tmux('display-message', '-p', '-t', 'main', '#{cursor_flag}').trim() === '0',
    waitFor: async (pattern) => {
      const end = performance.now() + CEILING_MS;
      for (;;) {
        const text = screen();
        if (pattern.test(text)) return text;
        if (performance.now() > end) throw new Error(`the terminal never showed ${pattern}:\n${text}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    close: () => {
      spawnSync('tmux', ['-L', socket, 'kill-server']);
    },
  };
}
