import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join, resolve } from 'node:path';
import { findOnPath } from '../../faasm/binaries.ts';
import { tasksListed } from '../../machine/ansible-output.ts';
import { byHand, byHandUndo, byHandUndoPcp, readOsRelease } from '../../machine/by-hand.ts';
import {
  ansibleFolder,
  noteOfBefore,
  type PlaybookName,
  pcpBefore,
  playbooks,
  readRoleDefaults,
} from '../../machine/playbooks.ts';
import { type Command, childFailure, runChild } from '../../process/child.ts';
import type { TaskContext } from '../../runner/context.ts';
import { MachineError, UsageError } from '../../util/errors.ts';
import { runPlaybook } from './playbook-run.ts';

export interface PrepareArgs {
  readonly check: boolean;
  readonly byHand: boolean;
  readonly hosts: string | undefined;
  /** perf and pcp only. */
  readonly undo?: boolean;
  /** perf only. */
  readonly paranoid?: number | undefined;
  /** compilers only. */
  readonly llvmVersion?: number | undefined;
}

/** `setup.perf` and its like: runs the playbook step by step, or says what to type where there is no Ansible. */
export async function prepareMachine(
  name: PlaybookName,
  args: PrepareArgs,
  context: TaskContext,
): Promise<void> {
  const { output, env } = context;
  const hasAnsible = (await findOnPath('ansible-playbook', env)) !== undefined;
  if (args.byHand && args.hosts !== undefined) {
    throw new UsageError('--by-hand says what to type on this machine; it cannot go with --hosts');
  }
  if (args.byHand || (!hasAnsible && args.hosts === undefined)) {
    const commands = await commandsByHand(name, args, context);
    output.result(commands.join('\n'), { playbook: name, ranBy: 'hand', commands });
    if (args.byHand || context.dry) return;
  }
  if (!hasAnsible && !context.dry) throw withoutAnsible(args.hosts);
  const command = await playbookCommand(name, args, context);
  if (!context.dry) await assertSudo(args, context);
  const names = context.dry ? [] : await taskNames(command, context);
  const done = await runPlaybook(command, names, args.check, context);
  if (done === undefined) return;
  const { changed, hosts } = done;
  output.result(sumUp(name, args, changed), {
    playbook: name,
    ranBy: 'ansible',
    check: args.check,
    changed,
    hosts,
  });
}

function sumUp(name: PlaybookName, args: PrepareArgs, changed: readonly string[]): string {
  const { what } = playbooks[name];
  if (changed.length === 0)
    return args.undo === true ? 'There was nothing to take back' : `Ready for ${what}: nothing to change`;
  if (args.check) return ['Would change:', ...changed.map((line) => `  ${line}`)].join('\n');
  return args.undo === true ? `Took back: ${what}` : `Ready for ${what}`;
}

/** Shell lines that do the same as a playbook, for this machine; `setup`'s script holds them too. */
export async function commandsByHand(
  name: PlaybookName,
  args: Pick<PrepareArgs, 'undo' | 'paranoid' | 'llvmVersion'>,
  context: TaskContext,
): Promise<string[]> {
  const here = {
    distribution: readOsRelease(await readFile('/etc/os-release', 'utf8').catch(() => '')),
    isRoot: process.getuid?.() === 0,
    hasSystemd: existsSync('/run/systemd/system'),
  };
  switch (name) {
    case 'perf': {
      const role = withParanoid(await readRoleDefaults.perf(), args.paranoid);
      if (args.undo === true) return byHandUndo(role, await noteOfBefore(role.perf_before_file), here);
      return byHand.perf(role, {
        ...here,
        kernelPackage: await kernelPackage(here.distribution.name, context),
      });
    }
    case 'compilers': {
      const role = await readRoleDefaults.compilers();
      const version = args.llvmVersion === undefined ? role.compilers_llvm_version : String(args.llvmVersion);
      return byHand.compilers({ ...role, compilers_llvm_version: version }, here);
    }
    case 'pcp': {
      const role = await readRoleDefaults.pcp();
      if (args.undo === true) return byHandUndoPcp(role, await pcpBefore(role.pcp_before_file), here);
      return byHand.pcp(role, here);
    }
    default:
      return byHand.valgrind(await readRoleDefaults.valgrind(), here);
  }
}

/** Ubuntu's tools of the running kernel, where apt has them. */
async function kernelPackage(distribution: string, context: TaskContext): Promise<string | undefined> {
  if (distribution === 'Debian') return undefined;
  const name = `linux-tools-${release()}`;
  const command: Command = { argv: ['apt-cache', 'show', name] };
  const found = await runChild(command, context).catch(() => undefined);
  return found?.exitCode === 0 ? name : undefined;
}

/** The line that runs a playbook here, or on the hosts of an inventory file. */
async function playbookCommand(
  name: PlaybookName,
  args: PrepareArgs,
  context: TaskContext,
): Promise<Command> {
  const folder = ansibleFolder();
  const playbook = playbooks[name];
  const file = args.undo === true && 'undo' in playbook ? playbook.undo : playbook.file;
  const inventory =
    args.hosts === undefined ? join(folder, 'inventory', 'localhost.yml') : resolve(context.cwd, args.hosts);
  if (!existsSync(inventory)) {
    throw new UsageError(`Could not read the hosts: ${args.hosts} does not exist`, {
      hints: [`An example: ${join(folder, 'inventory', 'example-hosts.yml')}`],
    });
  }
  const variables = await extraVariables(args);
  return {
    argv: [
      'ansible-playbook',
      '--inventory',
      inventory,
      ...(variables === undefined ? [] : ['--extra-vars', JSON.stringify(variables)]),
      ...(args.check ? ['--check'] : []),
      join(folder, file),
    ],
    // Ansible refuses a locale that is not UTF-8.
    env: {
      ANSIBLE_CONFIG: join(folder, 'ansible.cfg'),
      ANSIBLE_STDOUT_CALLBACK: 'default',
      ANSIBLE_NOCOLOR: '1',
      LC_ALL: 'C.UTF-8',
    },
  };
}

async function extraVariables(args: PrepareArgs): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (args.llvmVersion !== undefined) return { compilers_llvm_version: String(args.llvmVersion) };
  if (args.paranoid === undefined || args.undo === true) return undefined;
  const { perf_kernel_settings } = withParanoid(await readRoleDefaults.perf(), args.paranoid);
  return { perf_kernel_settings };
}

/** The tasks of a playbook, asked from Ansible itself so that the steps are those that will run. */
async function taskNames(command: Command, context: TaskContext): Promise<string[]> {
  const listing: Command = { ...command, argv: [...command.argv, '--list-tasks'] };
  let text = '';
  const outcome = await runChild(listing, {
    signal: context.signal,
    env: context.env,
    stdout: async (bytes) => {
      const decoder = new TextDecoder();
      for await (const chunk of bytes) text += decoder.decode(chunk, { stream: true });
    },
  });
  if (outcome.exitCode !== 0) throw childFailure('Could not read the playbook', listing, outcome);
  return tasksListed(text);
}

/** On this machine a playbook must be root, or become it without being asked for a password. */
async function assertSudo(args: PrepareArgs, context: TaskContext): Promise<void> {
  if (process.getuid?.() === 0 || args.hosts !== undefined) return;
  const asked = await runChild({ argv: ['sudo', '-n', 'true'] }, context).catch(() => undefined);
  context.signal.throwIfAborted();
  if (asked?.exitCode === 0) return;
  throw new MachineError(
    asked === undefined
      ? 'Could not prepare this machine: you are not root, and sudo is not installed'
      : 'Could not prepare this machine: sudo wants a password, which Ansible cannot ask for here',
    { hints: ['Type the commands yourself: add --by-hand', 'Or run the same line as root'] },
  );
}

function withoutAnsible(hosts: string | undefined): MachineError {
  const install = 'sudo apt-get install ansible-core';
  return hosts === undefined
    ? new MachineError('Ansible is not installed, so nothing was changed', {
        hints: ['Run the commands above by hand', `Or let Ansible do it: ${install}`],
      })
    : new MachineError('Could not prepare other machines: Ansible is not installed', { hints: [install] });
}

function withParanoid<T extends { readonly perf_kernel_settings: Readonly<Record<string, number>> }>(
  role: T,
  paranoid: number | undefined,
): T {
  if (paranoid === undefined) return role;
  return {
    ...role,
    perf_kernel_settings: { ...role.perf_kernel_settings, 'kernel.perf_event_paranoid': paranoid },
  };
}
