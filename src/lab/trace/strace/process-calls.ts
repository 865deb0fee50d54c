// Calls that change the process: the current folder, a new program, a new thread or process.
// Guarantees: an exec is the open and mapping of its image; afterwards close-on-exec descriptors
// are gone. A fork makes no event, but the child knows its parent's descriptors.
// Simplification: the interpreter of a script and the loader are opened by the kernel unseen.
import type { Call } from './events.ts';
import * as nt from './nt.ts';
import * as wdk from '../wdk.ts';
import { failedName, succeeded } from './open-calls.ts';
import type { Handler } from './open-calls.ts';
import type { StraceState } from './state.ts';
import { flagWords } from './text.ts';
import type { TreeNode } from './name-tree.ts';

const CHANGE = { DesiredAccess: nt.FILE_TRAVERSE, CreateOptions: wdk.FILE_DIRECTORY_FILE };
const EXECUTE = {
  DesiredAccess: wdk.FILE_GENERIC_EXECUTE | wdk.FILE_READ_DATA,
  CreateOptions: wdk.FILE_NON_DIRECTORY_FILE,
};

function changeFolder(state: StraceState, call: Call): string | undefined {
  const node = state.name(call, undefined, call.items[0], true);
  if (typeof node === 'string') return node;
  if (!succeeded(call)) return failedName(state, call, node, { wantsDirectory: true }, CHANGE);
  call.thread.folder.node = node;
  state.tree.present(node, 'directory');
  state.events.close(call, state.events.open(call, node, CHANGE));
  return undefined;
}

function changeToOpen(state: StraceState, call: Call): string {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  if (succeeded(call)) call.thread.folder.node = file.node;
  return 'a change to an open folder';
}

/** Program names that the exec replaces must be set before its events, which carry them. */
function execute(
  state: StraceState, call: Call, node: TreeNode | string,
): string | undefined {
  if (!succeeded(call)) {
    return typeof node === 'string' ? node : failedName(state, call, node, {}, EXECUTE);
  }
  const { thread } = call;
  if (typeof node !== 'string') thread.process.name = node.name;
  state.processes.exec(thread);
  for (const [number, descriptor] of thread.table.entries) {
    if (descriptor.closeOnExec) state.release(call, number);
  }
  if (typeof node === 'string') return node;
  const target = state.events.open(call, node, EXECUTE);
  const { size } = node.file;
  state.events.map(call, target, nt.PAGE_EXECUTE_READ, { offset: 0, length: nt.PAGE_SIZE, size });
  state.events.close(call, target);
  state.tree.present(node, 'file');
  return undefined;
}

const fork: Handler = (state, call) => {
  const child = call.result.value;
  if (!succeeded(call) || child === undefined) return `failed with ${call.result.error}`;
  if (child > 0 && !state.processes.threads.has(child)) {
    state.processes.addChild(call.thread, child, call.items.join());
  }
  return 'a new thread or process';
};

export const processCalls: Readonly<Record<string, Handler>> = {
  chdir: changeFolder, fchdir: changeToOpen,
  execve: (state, call) =>
    execute(state, call, state.name(call, undefined, call.items[0], true)),
  execveat: (state, call) => execute(state, call, state.name(call, call.items[0], call.items[1],
    !flagWords(call.items[4]).has('AT_SYMLINK_NOFOLLOW'))),
  fork, vfork: fork, clone: fork, clone3: fork,
};
