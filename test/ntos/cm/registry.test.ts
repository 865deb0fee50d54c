// The registry: keys, values, their queries with every kind of buffer, deletion under open handles,
// links, threads.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootMachine, shutdownMachine } from '#src/machine/boot.ts';
import { u8 } from '#src/mem/memory.ts';
import { REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_OPTION_OPEN_LINK, REG_OPTION_VOLATILE, REG_SZ }
  from '#src/ntos/cm/constants.ts';
import { SERVICES_KEY, deleteRegistryTree, readRegistryNumber, readRegistryText,
  readRegistryValue, registrySubKeys, writeRegistryValue } from '#src/ntos/cm/registry.ts';
import { ZwDeleteKey, ZwDeleteValueKey, ZwFlushKey } from '#src/ntos/cm/zw-registry.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool.ts';
import { stackString } from '#src/ntos/cm/rtl-registry.ts';
import { statusName } from '#src/ntos/status.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { buffer, close, createKey, enumerateKey, enumerateValue, framed, openKey, queryKey,
  queryValue, setTo, text, word } from './support.ts';

const SOFTWARE = '\\Registry\\Machine\\Software';
const HIDDEN = 0xcccc_cccc | 0;

beforeEach(() => bootMachine());
afterEach(() => {
  expect(openHandles()).toBe(0);
  shutdownMachine();
  expect(poolUsage()).toEqual([]);
});

describe('opening', () => {
  test('a key is found by path, whatever the case, from \\Registry or from a root handle', () => {
    const machine = openKey('\\registry\\MACHINE');
    expect(machine.status).toBe('STATUS_SUCCESS');
    const windows = openKey('software\\microsoft\\windows nt\\currentversion', machine.handle);
    expect(windows.status).toBe('STATUS_SUCCESS');
    expect(queryValue(windows.handle, 'productname', 2).status).toBe('STATUS_SUCCESS');
    close(machine.handle, windows.handle);
  });

  test('what is not there, or cannot be a path, has its status, and no handle', () => {
    expect(openKey('\\Registry\\Machine\\Nothing'))
      .toMatchObject({ status: 'STATUS_OBJECT_NAME_NOT_FOUND', handle: 0 });
    expect(openKey('\\Device\\Null').status).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    expect(openKey('Registry\\Machine').status).toBe('STATUS_OBJECT_PATH_SYNTAX_BAD');
    expect(openKey('\\Registry\\Machine\\\\Software').status).toBe('STATUS_OBJECT_NAME_INVALID');
    expect(openKey(`\\Registry\\Machine\\${'x'.repeat(256)}`).status)
      .toBe('STATUS_OBJECT_NAME_INVALID');
    expect(openKey('x', 0x1234).status).toBe('STATUS_INVALID_HANDLE');
  });

  test('CurrentControlSet is a link: the key behind it says its own name', () => {
    const services = openKey(SERVICES_KEY);
    queryKey(services.handle, 3);
    expect(text(4, word(0))).toBe('\\REGISTRY\\MACHINE\\System\\ControlSet001\\Services');
    close(services.handle);
    const link = openKey('\\Registry\\Machine\\System\\CurrentControlSet', 0, REG_OPTION_OPEN_LINK);
    queryKey(link.handle, 3);
    expect(text(4, word(0))).toBe('\\REGISTRY\\MACHINE\\System\\CurrentControlSet');
    close(link.handle);
  });
});

describe('creating', () => {
  test('a new key says so, an existing one too; the key above it must exist', () => {
    const made = createKey(`${SOFTWARE}\\Mine`);
    expect(made).toMatchObject({ status: 'STATUS_SUCCESS', disposition: 1 });
    const again = createKey(`${SOFTWARE}\\MINE`);
    expect(again).toMatchObject({ status: 'STATUS_SUCCESS', disposition: 2 });
    expect(createKey(`${SOFTWARE}\\No\\Way`).status).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    expect(createKey('\\Registry\\Machine\\Mine').status).toBe('STATUS_INVALID_PARAMETER');
    close(made.handle, again.handle);
  });

  test('below a volatile key only volatile ones', () => {
    const made = createKey(`${SOFTWARE}\\Gone`, 0, REG_OPTION_VOLATILE);
    expect(createKey('x', made.handle).status).toBe('STATUS_CHILD_MUST_BE_VOLATILE');
    const child = createKey('x', made.handle, REG_OPTION_VOLATILE);
    expect(child.status).toBe('STATUS_SUCCESS');
    close(made.handle, child.handle);
  });

  test('subkeys come in alphabetical order, with class and counts of bytes', () => {
    const top = createKey(`${SOFTWARE}\\Top`, 0, 0, 'TopClass');
    for (const name of ['beta', 'Alpha', 'gamma']) close(createKey(name, top.handle).handle);
    const names = [0, 1, 2].map((i) => {
      expect(enumerateKey(top.handle, i, 0).status).toBe('STATUS_SUCCESS');
      return text(16, word(12));
    });
    expect(names).toEqual(['Alpha', 'beta', 'gamma']);
    expect(enumerateKey(top.handle, 3, 0).status).toBe('STATUS_NO_MORE_ENTRIES');
    setTo(top.handle, 'longest name', REG_DWORD, Uint8Array.of(1, 2, 3, 4));
    expect(queryKey(top.handle, 2).status).toBe('STATUS_SUCCESS');
    // SubKeys, MaxNameLen, MaxClassLen, Values, MaxValueNameLen, MaxValueDataLen.
    expect([word(20), word(24), word(28), word(32), word(36), word(40)]).toEqual([3, 10, 0, 1, 24, 4]);
    expect(text(word(12), word(16))).toBe('TopClass');
    queryKey(top.handle, 1);
    expect([text(24, word(20)), text(word(12), word(16))]).toEqual(['Top', 'TopClass']);
    close(top.handle);
  });
});

describe('values', () => {
  test('are told in each class as the WDK lays it out', () => {
    const key = createKey(`${SOFTWARE}\\Values`);
    expect(setTo(key.handle, 'Text', REG_SZ, 'hi')).toBe('STATUS_SUCCESS');
    expect(queryValue(key.handle, 'TEXT', 0)).toEqual({ status: 'STATUS_SUCCESS', needed: 20 });
    expect([word(4), text(12, word(8))]).toEqual([REG_SZ, 'Text']);
    expect(queryValue(key.handle, 'Text', 1)).toEqual({ status: 'STATUS_SUCCESS', needed: 34 });
    expect([word(4), word(8), word(12), text(20, word(16))]).toEqual([REG_SZ, 28, 6, 'Text']);
    expect(text(word(8), 6)).toBe('hi\0');
    expect(queryValue(key.handle, 'Text', 2)).toEqual({ status: 'STATUS_SUCCESS', needed: 18 });
    expect([word(4), word(8), text(12, 4)]).toEqual([REG_SZ, 6, 'hi']);
    expect(queryValue(key.handle, 'Text', 4)).toEqual({ status: 'STATUS_SUCCESS', needed: 14 });
    expect(queryValue(key.handle, 'Text', 9).status).toBe('STATUS_INVALID_PARAMETER');
    expect(queryValue(key.handle, 'None', 2).status).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    close(key.handle);
  });

  test('a small buffer: nothing without the fixed part, else what fits; the length is told', () => {
    const key = createKey(`${SOFTWARE}\\Small`);
    setTo(key.handle, 'v', REG_BINARY, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect(queryValue(key.handle, 'v', 2, 0))
      .toEqual({ status: 'STATUS_BUFFER_TOO_SMALL', needed: 20 });
    expect(queryValue(key.handle, 'v', 2, 11))
      .toEqual({ status: 'STATUS_BUFFER_TOO_SMALL', needed: 20 });
    expect(word(0)).toBe(HIDDEN);
    expect(queryValue(key.handle, 'v', 2, 15))
      .toEqual({ status: 'STATUS_BUFFER_OVERFLOW', needed: 20 });
    expect(Array.from(u8.slice(buffer + 8, buffer + 17))).toEqual([8, 0, 0, 0, 1, 2, 3, 0xcc, 0xcc]);
    expect(queryValue(key.handle, 'v', 2, 20).status).toBe('STATUS_SUCCESS');
    close(key.handle);
  });

  test('are set again in place, enumerated in the order of creation, deleted by name', () => {
    const key = createKey(`${SOFTWARE}\\Order`);
    for (const name of ['z', 'a', '']) setTo(key.handle, name, REG_SZ, name);
    setTo(key.handle, 'Z', REG_DWORD, Uint8Array.of(9, 0, 0, 0));
    const seen = [0, 1, 2].map((i) => {
      enumerateValue(key.handle, i, 0);
      return [word(4), text(12, word(8))];
    });
    expect(seen).toEqual([[REG_DWORD, 'z'], [REG_SZ, 'a'], [REG_SZ, '']]);
    expect(enumerateValue(key.handle, 3, 0).status).toBe('STATUS_NO_MORE_ENTRIES');
    framed(() => {
      expect(statusName(ZwDeleteValueKey(key.handle, stackString('A')))).toBe('STATUS_SUCCESS');
      expect(statusName(ZwDeleteValueKey(key.handle, stackString('A'))))
        .toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    });
    expect(setTo(key.handle, 'empty', REG_BINARY, new Uint8Array())).toBe('STATUS_SUCCESS');
    expect(queryValue(key.handle, 'empty', 1).status).toBe('STATUS_SUCCESS');
    expect([word(8), word(12)]).toEqual([-1, 0]);
    close(key.handle);
  });
});

describe('deleting', () => {
  test('a key with subkeys cannot be deleted; a deleted one answers so while it is open', () => {
    const key = createKey(`${SOFTWARE}\\Doomed`);
    const child = createKey('child', key.handle);
    expect(statusName(ZwDeleteKey(key.handle))).toBe('STATUS_CANNOT_DELETE');
    expect(statusName(ZwDeleteKey(child.handle))).toBe('STATUS_SUCCESS');
    expect(statusName(ZwDeleteKey(key.handle))).toBe('STATUS_SUCCESS');
    expect(statusName(ZwFlushKey(key.handle))).toBe('STATUS_KEY_DELETED');
    expect(setTo(key.handle, 'v', REG_SZ, '')).toBe('STATUS_KEY_DELETED');
    expect(openKey('child', key.handle).status).toBe('STATUS_KEY_DELETED');
    expect(openKey(`${SOFTWARE}\\Doomed`).status).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
    const fresh = createKey(`${SOFTWARE}\\Doomed`);
    expect(fresh.disposition).toBe(1);
    close(key.handle, child.handle, fresh.handle);
  });

  test('the keys of the machine itself stay', () => {
    const machine = openKey('\\Registry\\Machine');
    expect(statusName(ZwDeleteKey(machine.handle))).toBe('STATUS_CANNOT_DELETE');
    close(machine.handle);
  });
});

describe('plain data', () => {
  test('numbers, text, lists and bytes go in and come out as drivers see them', () => {
    const path = `${SOFTWARE}\\Deep\\Down`;
    writeRegistryValue(path, 'n', 0xfffffff0);
    writeRegistryValue(path, 's', 'text');
    writeRegistryValue(path, 'l', ['a', 'bc']);
    writeRegistryValue(path, 'q', { type: 11, data: 2 ** 40 });
    expect(readRegistryNumber(path, 'n')).toBe(0xfffffff0);
    expect(readRegistryText(path, 's')).toBe('text');
    expect(readRegistryText(path, 'n')).toBeUndefined();
    expect(readRegistryValue(path, 'l')).toMatchObject({ type: REG_MULTI_SZ });
    const key = openKey(path);
    queryValue(key.handle, 'l', 2);
    expect(text(12, word(8))).toBe('a\0bc\0\0');
    queryValue(key.handle, 'q', 2);
    expect([word(8), word(12), word(16)]).toEqual([8, 0, 256]);
    close(key.handle);
    expect(registrySubKeys(`${SOFTWARE}\\Deep`)).toEqual(['Down']);
    deleteRegistryTree(`${SOFTWARE}\\Deep`);
    expect(readRegistryValue(path, 'n')).toBeUndefined();
  });
});

test('threads create, set, read and delete at once: every value is whole, nothing is ' +
  'left', async () => {
  await spawnThreads({
    module: '#test/ntos/cm/registry-threads.ts', routine: 'churn', threads: 3, args: { rounds: 60 },
  });
  expect(registrySubKeys(`${SOFTWARE}\\Churn`)).toEqual([]);
});
