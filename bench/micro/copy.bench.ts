// Bulk copies inside the machine's shared memory by size: wasm's memory.copy, which the kernel's
// copyBytes is, the typed array's own routine, and words one by one in JavaScript. Which is fastest
// depends on the size: a call into wasm costs as much as copying some dozen words in place.
import { copyBytes as copy, i32 as words, u8 as bytes } from '../../src/mem/memory.ts';
import { sharedPiece } from '../shared-words.ts';
import type { BenchCase, Task } from '../case.ts';

const i32 = words;
const u8 = bytes;
const copyBytes = copy;
const FROM = sharedPiece(0);
const TO = sharedPiece(2);
const MARK = 0x5a17;
const SIZES = [16, 44, 128, 512, 4096, 65536];
/** Bytes that one call of a task copies, so that all calls take about as long. */
const BYTES_PER_CALL = 1 << 19;
const MOST = 2000;

type Copy = (length: number) => void;

const byWords: Copy = (length) => {
  const from = FROM >> 2;
  const to = TO >> 2;
  const count = length >> 2;
  for (let i = 0; i < count; i++) i32[to + i] = i32[from + i]!;
};

/** Copies again and again; the sum tells that the last word arrived each time. */
function task(way: string, bytesEach: number, one: Copy, yardstick?: string): Task {
  const batch = Math.min(MOST, BYTES_PER_CALL / bytesEach);
  const last = (bytesEach >> 2) - 1;
  const run = (): number => {
    let sum = 0;
    for (let i = 0; i < batch; i++) {
      i32[(TO >> 2) + last] = 0;
      one(bytesEach);
      sum += i32[(TO >> 2) + last]!;
    }
    return sum;
  };
  return { name: `${way}, ${bytesEach} bytes`, batch, run, checksum: batch * MARK,
    ...(yardstick !== undefined && { yardstick: `${yardstick}, ${bytesEach} bytes` }) };
}

function tasks(): Task[] {
  i32.fill(MARK, FROM >> 2, (FROM + 65536) >> 2);
  return SIZES.flatMap((size) => [
    task('memory.copy', size, (length) => copyBytes(TO, FROM, length)),
    task('copyWithin', size, (length) => void u8.copyWithin(TO, FROM, FROM + length),
      'memory.copy'),
    task('words in place', size, byWords, 'memory.copy'),
  ]);
}

export default { title: 'copies by size and by primitive', tasks } satisfies BenchCase;
