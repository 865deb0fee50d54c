// The workload of hang tests: each requestor writes to files of its own, whose names say how the
// filter shall hang.
import { bytes, putFile } from '../support/ramfs-volume.ts';
import type { WorkloadContext } from '../../workers/requestor.ts';

export function writeOnce(ways: unknown, { index }: WorkloadContext): string {
  for (const way of ways as readonly string[]) putFile(`C:\\${way}${index}`, bytes('data'));
  return 'done';
}
