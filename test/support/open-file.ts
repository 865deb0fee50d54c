// Opening and using files in tests, in the words of the system services.
import { local, out } from '#src/image/out.ts';
import { createFile } from '#src/ntos/io/service/nt-create.ts';
import { IO_STATUS_BLOCK } from '#src/ntos/io/types.ts';
import { FILE_OPEN, FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT, GENERIC_READ, GENERIC_WRITE,
  SYNCHRONIZE } from '#src/ntos/io/file-constants.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import type { NTSTATUS } from '#src/ntos/status.ts';
import type { CreateRequest } from '#src/ntos/io/service/create-file.ts';

/** Opens a file by path; what is not said is a synchronous open for reading and writing. */
export function open(
  path: string,
  more: Partial<CreateRequest> = {},
): { status: NTSTATUS; handle: number; information: number } {
  const frame = pushFrame();
  const handle = out();
  const iosb = local(IO_STATUS_BLOCK);
  const status = createFile(handle.address, iosb.address, {
    path,
    desiredAccess: GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE,
    fileAttributes: 0x80,
    shareAccess: FILE_SHARE_READ,
    disposition: FILE_OPEN,
    options: FILE_SYNCHRONOUS_IO_NONALERT,
    mode: 1,
    ...more,
  });
  const result = { status, handle: handle.value, information: iosb.Information };
  popFrame(frame);
  return result;
}
