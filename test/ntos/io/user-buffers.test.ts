// What system services do with buffers that are not the application's own: they refuse, whatever
// way the request would take below, and touch nothing.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { mountC, putFile } from '#test/support/ramfs-volume.ts';
import { User } from '#src/lab/workload/user.ts';
import { closeFile, openFile, queryFile, readFile, setFile, writeFile }
  from '#src/lab/workload/user/files.ts';
import { control, queryDirectory } from '#src/lab/workload/user/requests.ts';
import { NONPAGED, USER } from '#src/mem/memory-map.ts';
import { u8 } from '#src/mem/memory.ts';
import { FSCTL_GET_REPARSE_POINT } from '#src/ntos/io/control-codes.ts';
import { FILE_ALL_ACCESS, FILE_DIRECTORY_FILE, FILE_GENERIC_READ, FILE_SYNCHRONOUS_IO_NONALERT }
  from '#src/ntos/io/file-constants.ts';
import { FileBasicInformation, FileNamesInformation, FilePositionInformation,
  FileStandardInformation } from '#src/ntos/io/information/information-classes.ts';
import { statusName } from '#src/ntos/status.ts';
import type { UserFile } from '#src/lab/workload/user.ts';

let shutdown: () => void;
let unmount: () => void;
let user: User;
beforeEach(() => {
  shutdown = bootInline();
  unmount = mountC();
  user = new User(0, 1);
});
afterEach(() => {
  user.leave();
  unmount();
  shutdown();
});

const foreign = [NONPAGED.start + 4096, USER.end - 100, 0];

/** Every service with a buffer at an address. */
function services(file: UserFile, folder: UserFile, at: number): readonly (() => number)[] {
  return [
    () => readFile(user, file, at, 512, 0),
    () => writeFile(user, file, at, 512, 0),
    () => queryFile(user, file, FileStandardInformation, at, 512),
    () => queryFile(user, file, FilePositionInformation, at, 512),
    () => setFile(user, file, FileBasicInformation, at, 512),
    () => queryDirectory(user, folder, { FileInformationClass: FileNamesInformation,
      FileName: undefined, RestartScan: true, ReturnSingleEntry: false }, at, 512),
    () => control(user, file, { code: FSCTL_GET_REPARSE_POINT, input: 0, inputLength: 0,
      output: at, outputLength: 512 }),
  ];
}

test('STATUS_ACCESS_VIOLATION for kernel memory, what reaches into it, and NULL; nothing is touched',
  () => {
    putFile('C:\\f', new Uint8Array(4096).fill(7));
    const file = openFile(user, { path: 'C:\\f', DesiredAccess: FILE_ALL_ACCESS,
      CreateOptions: FILE_SYNCHRONOUS_IO_NONALERT });
    const folder = openFile(user, { path: 'C:\\', DesiredAccess: FILE_GENERIC_READ,
      CreateOptions: FILE_SYNCHRONOUS_IO_NONALERT | FILE_DIRECTORY_FILE });
    for (const at of foreign) {
      const before = u8.slice(at, at + 512);
      for (const service of services(file, folder, at)) {
        expect(statusName(service())).toBe('STATUS_ACCESS_VIOLATION');
      }
      expect(u8.slice(at, at + 512)).toEqual(before);
    }
    const own = user.arena.take(1024);
    expect(statusName(queryFile(user, file, FileStandardInformation, own + 1, 512)))
      .toBe('STATUS_DATATYPE_MISALIGNMENT');
    for (const service of services(file, folder, own).slice(0, 4)) {
      expect(statusName(service())).toBe('STATUS_SUCCESS');
    }
    closeFile(user, folder);
    closeFile(user, file);
  });
