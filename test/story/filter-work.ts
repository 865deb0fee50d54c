// An application for stories about the filters that come with the machine: it makes, grows, reads
// and opens files, some of them infected, and checks what it gets. One requestor plays the host as
// well and empties minispy's log meanwhile.
import { boot } from '#src/mem/boot-options.ts';
import { drainRecords } from '#src/lab/report/minispy-records.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { bytes, getFile, openShared, putFile, readAt, writeAt }
  from '#test/support/ramfs-volume.ts';
import type { WorkloadContext } from '../../workers/requestor.ts';

export interface FilterWork {
  readonly rounds: number;
  /** Whether filters stay where they are: only then is what is read what was written. */
  readonly steady: boolean;
  /** Whether the scanner is there. */
  readonly scanned: boolean;
}

export interface FilterWorkResult {
  readonly records: number;
  readonly lost: number;
  /** Records that came twice or out of nowhere. */
  readonly wrong: number;
}

const clean = 'D1sinfected, harmless and clean. ';
const infected = bytes('This is infected-by-fltlab and more.');

function same(a: Uint8Array | string, b: Uint8Array): boolean {
  return typeof a !== 'string' && a.length === b.length && a.every((x, i) => x === b[i]);
}

function expectSame(work: FilterWork, what: string, got: Uint8Array | string, put: Uint8Array): void {
  if (!work.steady && typeof got !== 'string') return;
  if (!same(got, put)) {
    throw new Error(`${what}: ${typeof got === 'string' ? got : 'other bytes'} came back`);
  }
}

function ownFile(work: FilterWork, name: string, n: number): void {
  const content = bytes(clean.repeat(1 + (n % 300)));
  putFile(name, content);
  expectSame(work, name, getFile(name, 1 + ((n * 977) % 9000)), content);
  const { handle } = openShared(name);
  const tail = bytes(`round ${n}`);
  const status = writeAt(handle, -1, tail);
  if (status !== 'STATUS_SUCCESS') throw new Error(`append to ${name}: ${status}`);
  const end = readAt(handle, content.length - 5, 5 + tail.length);
  expectSame(work, `${name}'s end`, end.bytes, Uint8Array.from([...content.slice(-5), ...tail]));
  NtClose(handle);
}

function infectedFile(work: FilterWork, name: string): void {
  putFile(name, infected);
  const got = getFile(name);
  if (!work.scanned) expectSame(work, name, got, infected);
  else if (work.steady && got !== 'STATUS_VIRUS_INFECTED') throw new Error(`${name} was opened`);
}

class Reader {
  records = 0;
  lost = 0;
  wrong = 0;
  readonly #seen = new Set<number>();

  read(): void {
    const log = drainRecords(boot.memory);
    for (const { sequence, startTime, endTime } of log.records) {
      if (this.#seen.has(sequence) || endTime < startTime || sequence > log.seen) this.wrong++;
      this.#seen.add(sequence);
    }
    this.records += log.records.length;
    this.lost = log.lost;
  }
}

/** Runs the rounds. */
export function filterWork(work: FilterWork, context: WorkloadContext): FilterWorkResult {
  const reader = new Reader();
  const shared = bytes(clean.repeat(100));
  let isThere = false;
  for (let n = 0; n < work.rounds; n++) {
    ownFile(work, `C:\\own${context.index}_${n % 3}`, n);
    if (n % 5 === 0) infectedFile(work, `C:\\bad${context.index}`);
    if (n === 0 && context.index === 0) putFile('C:\\shared', shared);
    const got = getFile('C:\\shared');
    // Until it was there once, its maker may not have come so far.
    if (isThere) expectSame(work, 'shared', got, shared);
    isThere ||= same(got, shared);
    if (context.index === 0) reader.read();
  }
  const { records, lost, wrong } = reader;
  return { records, lost, wrong };
}
