// Requests at a fixed rate, whatever became of those before: the requestor knows when each was due,
// and a request's latency counts from then, so that a request that had to wait for a slow one before
// it is counted as slow too (coordinated omission). The peak rate is found first, back to back.
import { build } from 'hdr-histogram-js';
import { FILE_OPEN_IF } from '../../src/ntos/io/file-constants.ts';
import { NtClose } from '../../src/ntos/io/service/nt-create.ts';
import { NtReadFile, NtWriteFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { calmStorage } from '../../src/fs/storage.ts';
import { open } from '../../test/support/open-file.ts';
import type { Histogram } from 'hdr-histogram-js';

export interface LatencyData {
  readonly rounds: number;
  readonly milliseconds: number;
  /** Of the peak rate. */
  readonly share: number;
}

/** Microseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface LatencyRound {
  readonly peakNs: number;
  readonly operations: number;
  /** From when each request was due. */
  readonly corrected: Percentiles;
  /** From when each request was issued: what a bench that forgets the queue would say. */
  readonly naive: Percentiles;
}

const BUFFER = 0x20000;
const IOSB = 0x28000;
const BYTES = 4096;
const MAX_NS = 10_000_000_000;

const now = (): number => Number(process.hrtime.bigint() & 0x1fffffffffffffn);
const histogram = (): Histogram =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: MAX_NS, numberOfSignificantValueDigits: 3 });

function percentiles(of: Histogram): Percentiles {
  const us = (percent: number): number => of.getValueAtPercentile(percent) / 1000;
  return { p50: us(50), p90: us(90), p99: us(99), p999: us(99.9), max: of.maxValue / 1000 };
}

function peak(read: () => void, milliseconds: number): number {
  const start = now();
  let done = 0;
  while (now() - start < milliseconds * 1e6) {
    read();
    done++;
  }
  return (now() - start) / done;
}

function atRate(read: () => void, everyNs: number, milliseconds: number): LatencyRound {
  const corrected = histogram();
  const naive = histogram();
  const start = now();
  const count = Math.max(1, Math.floor((milliseconds * 1e6) / everyNs));
  for (let i = 0; i < count; i++) {
    const due = start + i * everyNs;
    let issued = now();
    while (issued < due) issued = now();
    read();
    const done = now();
    corrected.recordValue(Math.min(MAX_NS, done - due));
    naive.recordValue(Math.min(MAX_NS, done - issued));
  }
  return { peakNs: everyNs, operations: count, corrected: percentiles(corrected),
    naive: percentiles(naive) };
}

export function play(told: LatencyData): LatencyRound[] {
  const { handle } = open('C:\\latency', { disposition: FILE_OPEN_IF });
  calmStorage(true);
  NtWriteFile(handle, 0, IOSB, BUFFER, BYTES, 0);
  calmStorage(false);
  // A request that is not cached goes to the disk, which is what completes it in its own way.
  const read = (): void => void NtReadFile(handle, 0, IOSB, BUFFER, BYTES, 0, 0, 1);
  peak(read, told.milliseconds / 2);
  const rounds = Array.from({ length: told.rounds }, () => {
    const peakNs = peak(read, told.milliseconds / 2);
    return { ...atRate(read, peakNs / told.share, told.milliseconds), peakNs };
  });
  NtClose(handle);
  return rounds;
}
