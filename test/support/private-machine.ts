import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, root, runProgram, type Sandbox } from './run.ts';

const unshare = ['unshare', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child'] as const;

/** Lays a layer of its own over the whole machine; $1 is an empty folder, the rest a program that runs in it. */
const enter = `T=$1; shift
ip link set lo up
mount -t tmpfs none "$T"; mkdir "$T/upper" "$T/work" "$T/all"
mount -t overlay overlay -o "lowerdir=/,upperdir=$T/upper,workdir=$T/work" "$T/all"
mount --rbind /dev "$T/all/dev"; mount --rbind /tmp "$T/all/tmp"; mount -t proc none "$T/all/proc"
mount -t tmpfs none "$T/all/run"
exec chroot "$T/all" "$@"`;

/** Why there can be no such machine here; undefined when there can. */
export const noPrivateMachine = whyNot();

function whyNot(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'can-overlay-'));
  const { status } = spawnSync(unshare[0], [...unshare.slice(1), 'sh', '-ec', enter, 'sh', folder, 'true']);
  rmSync(folder, { recursive: true });
  return status === 0 ? undefined : 'namespaces and overlays need root (and iproute2)';
}

/**
 * Runs a script on a copy of this machine: files, processes and ports are its own, there is no network, and nothing of
 * it is left. `tasks` is the built program.
 */
export async function onPrivateMachine(script: string, box: Sandbox): Promise<Outcome> {
  const folder = box.file('machine');
  mkdirSync(folder, { recursive: true });
  const program = `tasks() { "${process.execPath}" "${join(root, 'dist', 'tasks.js')}" "$@"; }\ncd "${box.cwd}"\n${script}`;
  return await runProgram([...unshare, 'sh', '-ec', enter, 'sh', folder, 'bash', '-c', program], box);
}
