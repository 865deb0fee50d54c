// Names lead to objects, links to names, and processes are found by their identity.
// @alone: its object types are of its own making.
import { beforeEach, expect, test } from 'vitest';
import { KTHREAD, currentThread } from '#src/ntos/ke/prcb.ts';
import { ObReferenceObjectByName, ObpInsertName, ObpInsertSymbolicLink, ObpLookupName,
  ObpRemoveName } from '#src/ntos/ob/namespace.ts';
import { OB_TYPE_EVENT, OB_TYPE_FILE, OB_TYPE_PROCESS, ObCreateObject, ObDereferenceObject,
  objectCount, referenceCount } from '#src/ntos/ob/object.ts';
import { IoThreadToProcess, PsGetCurrentProcess, PsGetCurrentProcessId, PsGetProcessId,
  PsInitialSystemProcess, PsLookupProcessByProcessId, PsLookupThreadByThreadId, SYSTEM_PROCESS_ID,
  TOKEN_ADMINISTRATOR, createProcess, exitProcess, processImageName, tokenHas }
  from '#src/ntos/ob/process.ts';
import { STATUS_INVALID_CID, STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_COLLISION,
  STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { freshObjects, out, outWord } from './support.ts';

beforeEach(freshObjects);

test('a path leads through links to the longest name it begins with', () => {
  const volume = ObCreateObject(OB_TYPE_EVENT, 8);
  const deep = ObCreateObject(OB_TYPE_EVENT, 8);
  expect(ObpInsertName('\\Device\\HarddiskVolume1', volume)).toBe(STATUS_SUCCESS);
  expect(ObpInsertName('\\FileSystem\\Filters', volume)).toBe(STATUS_SUCCESS);
  expect(ObpInsertName('\\FileSystem\\Filters\\Scan', deep)).toBe(STATUS_SUCCESS);
  expect(ObpInsertSymbolicLink('\\??\\C:', '\\Device\\HarddiskVolume1')).toBe(STATUS_SUCCESS);
  const found = { object: volume, name: '\\Device\\HarddiskVolume1' };
  expect(ObpLookupName('\\??\\c:\\Dir\\f.txt')).toEqual({ ...found, rest: '\\Dir\\f.txt' });
  expect(ObpLookupName('\\\\?\\C:')).toEqual({ ...found, rest: '' });
  expect(ObpLookupName('\\device\\harddiskvolume1\\x')).toEqual({ ...found, rest: '\\x' });
  expect(ObpLookupName('\\Device\\HarddiskVolume12')).toBeUndefined();
  expect(ObpLookupName('\\FileSystem\\Filters')?.object).toBe(volume);
  expect(ObpLookupName('\\FileSystem\\Filters\\Scan')?.object).toBe(deep);
  expect(ObpLookupName('\\??\\D:\\x')).toBeUndefined();
});

test('links that lead in a circle lead nowhere', () => {
  ObpInsertSymbolicLink('\\A', '\\B');
  ObpInsertSymbolicLink('\\B', '\\A');
  expect(ObpLookupName('\\A\\x')).toBeUndefined();
});

function refer(type: number): number {
  return ObReferenceObjectByName('\\scanport', type, out);
}

test('a name belongs to one object until it is removed', () => {
  const port = ObCreateObject(OB_TYPE_EVENT, 8);
  expect(ObpInsertName('\\ScanPort', port)).toBe(STATUS_SUCCESS);
  expect(ObpInsertName('\\SCANPORT', port)).toBe(STATUS_OBJECT_NAME_COLLISION);
  expect(ObpInsertName('ScanPort', port)).toBe(STATUS_OBJECT_NAME_INVALID);
  expect(refer(OB_TYPE_EVENT)).toBe(STATUS_SUCCESS);
  expect([outWord(), referenceCount(port)]).toEqual([port, 2]);
  expect(refer(OB_TYPE_FILE)).toBe(STATUS_OBJECT_TYPE_MISMATCH);
  expect(ObpRemoveName('\\ScanPort')).toBe(true);
  expect(ObpRemoveName('\\ScanPort')).toBe(false);
  expect(refer(OB_TYPE_EVENT)).toBe(STATUS_OBJECT_NAME_NOT_FOUND);
});

test('the System process exists after boot, and threads that nobody lent out belong to it', () => {
  const system = PsInitialSystemProcess();
  expect(PsGetProcessId(system)).toBe(SYSTEM_PROCESS_ID);
  expect(processImageName(system)).toBe('System');
  expect(tokenHas(system, TOKEN_ADMINISTRATOR)).toBe(true);
  KTHREAD.at(currentThread).Process = 0;
  expect(PsGetCurrentProcess()).toBe(system);
});

test('a process is found by its identity until it exits, and lives while it is referenced', () => {
  const image = '\\Device\\HarddiskVolume1\\Windows\\a-very-long-image-name.exe';
  const process = createProcess({ id: 4711, image, session: 1 });
  expect(processImageName(process)).toBe('a-very-long-ima');
  KTHREAD.at(currentThread).Process = process;
  expect([PsGetCurrentProcessId(), IoThreadToProcess(currentThread)]).toEqual([4711, process]);
  KTHREAD.at(currentThread).Process = 0;
  expect(PsLookupProcessByProcessId(4711, out)).toBe(STATUS_SUCCESS);
  expect(outWord()).toBe(process);
  exitProcess(process);
  expect(PsLookupProcessByProcessId(4711, out)).toBe(STATUS_INVALID_PARAMETER);
  expect(objectCount(OB_TYPE_PROCESS)).toBe(2);
  ObDereferenceObject(process);
  expect(objectCount(OB_TYPE_PROCESS)).toBe(1);
  expect(PsLookupThreadByThreadId(987654, out)).toBe(STATUS_INVALID_CID);
});
