// Run by registry.test.ts on several threads: each makes, fills, reads and deletes keys of the same
// few names. A value holds one byte repeated: a torn one would show.
import { u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { KEY_ALL_ACCESS, REG_BINARY } from '#src/ntos/cm/constants.ts';
import { stackAttributes, stackString } from '#src/ntos/cm/rtl-registry.ts';
import { createRegistryKey } from '#src/ntos/cm/registry.ts';
import { ZwCreateKey, ZwDeleteKey, ZwQueryValueKey, ZwSetValueKey }
  from '#src/ntos/cm/zw-registry.ts';
import { ObpCloseHandle } from '#src/ntos/ob/handle.ts';
import { NT_SUCCESS, statusName } from '#src/ntos/status.ts';
import type { POBJECT_ATTRIBUTES } from '#src/ntos/rtl/types.ts';
import type { Thread } from '#test/support/thread.ts';

const PARENT = '\\Registry\\Machine\\Software\\Churn';
const expected = ['STATUS_SUCCESS', 'STATUS_KEY_DELETED', 'STATUS_OBJECT_NAME_NOT_FOUND'];

function check(what: string, status: number): boolean {
  if (!expected.includes(statusName(status))) throw new Error(`${what}: ${statusName(status)}`);
  return NT_SUCCESS(status);
}

function readBack(handle: number, name: number, at: number): void {
  const needed = stackAlloc(4);
  if (!check('query', ZwQueryValueKey(handle, name, 2, at, 512, needed))) return;
  const length = i32[(at + 8) >> 2]!;
  const data = u8.slice(at + 12, at + 12 + length);
  if (length !== data[0]! || data.some((byte) => byte !== length)) {
    throw new Error(`a torn value of ${length} bytes: ${[...data].join(' ')}`);
  }
}

export function churn(thread: Thread<{ rounds: number }>): void {
  createRegistryKey(PARENT);
  const buffer = USER.start + 4096 * (thread.index + 1);
  for (let round = 0; round < thread.args.rounds; round++) {
    thread.at('round', round);
    const frame = pushFrame();
    const out = stackAlloc(4);
    const attributes = stackAttributes(`${PARENT}\\${round % 3}`) as POBJECT_ATTRIBUTES;
    if (check('create', ZwCreateKey(out, KEY_ALL_ACCESS, attributes, 0, 0, 0, 0))) {
      const handle = i32[out >> 2]!;
      const name = stackString('value');
      const size = 1 + ((round * 7 + thread.index * 31) % 200);
      u8.fill(size, buffer, buffer + size);
      check('set', ZwSetValueKey(handle, name, 0, REG_BINARY, buffer, size));
      readBack(handle, name, buffer + 1024);
      if (round % 2 === 1 || round > thread.args.rounds - 7) check('delete', ZwDeleteKey(handle));
      ObpCloseHandle(handle);
    }
    popFrame(frame);
  }
}
