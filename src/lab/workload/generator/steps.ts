// The kinds of operation that act on handles which stay open: one request each, but for a lock,
// which is taken and given back at once, and a section, which is acquired and released.
// Guarantees: where no kept handle fits, one is opened first; what belongs to the mix (no more
// files, a buffer that is too small for a name) is told apart from what must not happen.
import { fillBytes } from '../../../mem/memory.ts';
import { FILE_ALL_INFORMATION, FILE_STANDARD_INFORMATION }
  from '../../../ntos/io/information/file-information.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import * as st from '../../../ntos/status-codes.ts';
import { DACL_SECURITY_INFORMATION, GROUP_SECURITY_INFORMATION, OWNER_SECURITY_INFORMATION }
  from '../../../ntos/io/file-constants.ts';
import { fileByHandle, releaseFile } from '../../../ntos/io/service/service.ts';
import { flushFile, queryFile, querySecurity, queryVolume, setFile, setSecurity, unlockFile }
  from '../user/files.ts';
import { lockFile, queryDirectory, queryEa, setEa } from '../user/requests.ts';
import { putBasic, putFullEa, putInformation } from '../user/structures.ts';
import { synchronize } from '../user/synchronization.ts';
import { readAt, resize, writeAt, zeroRange } from './transfers.ts';
import { openData, openDirectory, openNext } from './opens.ts';
import { issueControl } from './controls.ts';
import { wholeCells } from './tree.ts';
import type { PFILE_OBJECT } from '../../../ntos/io/types.ts';
import type { LabFile } from './tree.ts';
import type { OpenHandle, Run } from './run.ts';

/** Percent of transfers that begin where the last one on the handle ended. */
const SEQUENTIAL_PERCENT = 70;
/** Where applications lock: far behind the contents. */
const LOCK_OFFSET = 2 ** 30;
const LOCK_BYTES = 4096;
const QUERY_BYTES = 1024;
const MAX_GROWTH = 64 * 1024;
const SECURITY_PARTS = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
  DACL_SECURITY_INFORMATION;

type DataHandle = OpenHandle & { readonly file: LabFile };

function dataHandle(run: Run): DataHandle | undefined {
  const found = run.findHandle(({ use }) => use === 'data') ?? openData(run);
  return found as DataHandle | undefined;
}

function ownHandle(run: Run): DataHandle | undefined {
  const found = run.findHandle(({ use, file }) => use === 'data' && file?.isShared === false)
    ?? openData(run, run.tree.choose(run.prng));
  return found as DataHandle | undefined;
}

const anyHandle = (run: Run): OpenHandle | undefined =>
  run.findHandle(() => true) ?? openNext(run);

function place(run: Run, { position, file }: DataHandle): number {
  if (run.prng.chance(SEQUENTIAL_PERCENT) && position < file.size) return position;
  return run.prng.below(Math.max(1, file.size));
}

export function read(run: Run): void {
  const handle = dataHandle(run);
  if (handle === undefined) return;
  const offset = place(run, handle);
  handle.position = offset
    + readAt(run, handle, handle.file, offset, run.choices.read.of(run.prng));
}

export function write(run: Run): void {
  const handle = dataHandle(run);
  if (handle === undefined) return;
  const length = run.choices.write.of(run.prng);
  const offset = run.prng.chance(SEQUENTIAL_PERCENT) ? handle.position : place(run, handle);
  handle.position = writeAt(run, handle, handle.file, offset, length);
}

export function append(run: Run): void {
  const handle = ownHandle(run);
  if (handle === undefined) return;
  writeAt(run, handle, handle.file, handle.file.size, run.choices.write.of(run.prng));
}

export function flush(run: Run): void {
  const handle = dataHandle(run);
  if (handle !== undefined) run.check('flush', flushFile(run.user, handle));
}

export function query(run: Run): void {
  const handle = anyHandle(run);
  if (handle === undefined) return;
  const which = run.choices.query.of(run.prng);
  // The usual buffer for all information has no room for the name behind it.
  const length = which === cls.FileAllInformation ? FILE_ALL_INFORMATION.size : QUERY_BYTES;
  const status = queryFile(run.user, handle, which, run.page, length);
  const refused = which === cls.FileRemoteProtocolInformation ? [st.STATUS_INVALID_PARAMETER] : [];
  const isDone = run.check(`query class ${which}`, status, st.STATUS_BUFFER_OVERFLOW, ...refused);
  if (isDone && which === cls.FileStandardInformation) checkSize(run, handle);
}

function checkSize(run: Run, { file }: OpenHandle): void {
  if (run.isNull || file === undefined || file.isShared) return;
  const { EndOfFile } = FILE_STANDARD_INFORMATION.at(run.page as never);
  if (EndOfFile !== file.size) {
    run.wrongContent(`${file.path}: a query says ${EndOfFile} bytes, it has ${file.size}`);
  }
}

export function setSize(run: Run): void {
  const handle = ownHandle(run);
  if (handle === undefined) return;
  const { size } = handle.file;
  const to = run.prng.chance(50) ? run.prng.below(size + 1) : size + run.prng.below(MAX_GROWTH);
  resize(run, handle, handle.file, wholeCells(to));
}

/** Never below the end of file, which would cut the file. */
export function setAllocation(run: Run): void {
  const handle = ownHandle(run);
  if (handle === undefined) return;
  const AllocationSize = handle.file.size + run.prng.below(MAX_GROWTH);
  const bytes = putInformation(run.page, cls.FileAllocationInformation, { AllocationSize });
  run.check('set allocation',
    setFile(run.user, handle, cls.FileAllocationInformation, run.page, bytes));
}

export function setTimes(run: Run): void {
  const handle = dataHandle(run);
  if (handle === undefined) return;
  const LastWriteTime = 2 ** 56 + run.prng.below(2 ** 20) * 2 ** 20;
  const bytes = putBasic(run.page, { LastWriteTime });
  run.check('set times', setFile(run.user, handle, cls.FileBasicInformation, run.page, bytes));
}

export function zero(run: Run): void {
  const handle = ownHandle(run);
  if (handle === undefined || handle.file.size === 0) return;
  const from = wholeCells(run.prng.below(handle.file.size));
  const beyond = wholeCells(from + run.prng.below(handle.file.size - from + 1));
  zeroRange(run, handle, handle.file, from, beyond);
}

export function listDirectory(run: Run): void {
  const handle = run.findHandle(({ use }) => use === 'directory') ?? openDirectory(run);
  if (handle === undefined) return;
  const isFirst = handle.position === 0;
  const status = queryDirectory(run.user, handle, {
    FileInformationClass: cls.FileIdBothDirectoryInformation,
    FileName: isFirst ? '*' : undefined, RestartScan: !isFirst && run.prng.chance(10),
    ReturnSingleEntry: false,
  }, run.page, 4096);
  handle.position++;
  run.check('query directory', status, st.STATUS_NO_MORE_FILES);
}

export function volumeInformation(run: Run): void {
  const handle = anyHandle(run);
  if (handle === undefined) return;
  const which = run.choices.volume.of(run.prng);
  const status = queryVolume(run.user, handle, which, run.page, QUERY_BYTES);
  run.check(`query volume class ${which}`, status, st.STATUS_BUFFER_OVERFLOW);
}

export function security(run: Run): void {
  const handle = anyHandle(run);
  if (handle === undefined) return;
  const status = querySecurity(run.user, handle, SECURITY_PARTS, run.page, QUERY_BYTES);
  run.check('query security', status, st.STATUS_BUFFER_TOO_SMALL, st.STATUS_BUFFER_OVERFLOW);
}

/** Sets the access list that the file has. */
export function changeSecurity(run: Run): void {
  const handle = dataHandle(run);
  if (handle === undefined) return;
  const status = querySecurity(run.user, handle, SECURITY_PARTS, run.page, QUERY_BYTES);
  if (!run.check('query security', status) || run.isNull) return;
  run.check('set security', setSecurity(run.user, handle, DACL_SECURITY_INFORMATION, run.page));
}

export function queryAttribute(run: Run): void {
  const handle = dataHandle(run);
  if (handle === undefined) return;
  const status = queryEa(run.user, handle, '', run.page, QUERY_BYTES);
  run.check('query EA', status, st.STATUS_NO_EAS_ON_FILE, st.STATUS_NO_MORE_EAS);
}

export function setAttribute(run: Run): void {
  const handle = dataHandle(run);
  if (handle === undefined) return;
  const bytes = putFullEa(run.page, 'FLTLAB', run.prng.below(64) + 1);
  run.check('set EA', setEa(run.user, handle, run.page, bytes));
}

/** Each requestor locks a place of its own, so nobody waits for another. */
export function lock(run: Run): void {
  const handle = dataHandle(run);
  if (handle === undefined) return;
  const ByteOffset = LOCK_OFFSET + run.index * LOCK_BYTES;
  const status = lockFile(run.user, handle, { ByteOffset, Length: LOCK_BYTES, Key: 0,
    FailImmediately: true, ExclusiveLock: run.prng.chance(50) });
  if (!run.check('lock', status)) return;
  run.check('unlock', unlockFile(run.user, handle, ByteOffset, LOCK_BYTES, 0));
}

export function section(run: Run): void {
  const handle = dataHandle(run);
  if (handle !== undefined) mapSection(run, handle.handle);
}

/** What the memory manager asks before it maps a file. */
export function mapSection(run: Run, handle: number): void {
  const file = fileByHandle(handle, 0);
  if (file < 0) {
    run.surprise('a handle that is open has no file object');
    return;
  }
  const status = synchronize(run.user, file as PFILE_OBJECT, 'section', 1, 2);
  run.check('create section', status, st.STATUS_FILE_LOCKED_WITH_ONLY_READERS,
    st.STATUS_FILE_LOCKED_WITH_WRITERS);
  releaseFile(file as PFILE_OBJECT);
}

export function controlFile(run: Run): void {
  const handle = anyHandle(run);
  if (handle === undefined) return;
  fillBytes(run.page, 0, 64);
  issueControl(run, handle, run.choices.control.of(run.prng));
}

export function closeOne(run: Run): void {
  if (run.open.length === 0) openNext(run);
  run.closeAt(run.prng.below(Math.max(1, run.open.length)));
}
