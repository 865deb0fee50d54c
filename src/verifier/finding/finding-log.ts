// Where findings are kept until the host reads them: JSON texts one behind the other in the
// machine's memory, so that a finding outlives the thread and the machine that made it. A fault
// that is found again is counted, not written again.
import { views as ownViews } from '../../mem/memory.ts';
import { verifierArea } from '../area.ts';
import { underJudge } from '../lock/judge-lock.ts';
import { hashText } from './text-pool.ts';
import type { Views } from '../../mem/memory.ts';
import type { Finding } from './finding.ts';

const { start, end } = verifierArea('findings');
/** Bytes used, findings written, findings that did not fit. */
const HEAD = 64;
/** Fingerprints and how often each was found. */
const SEEN = 512;
const seenAt = (start + HEAD) >> 2;
const textStart = start + HEAD + SEEN * 8;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Counts a fingerprint; how often it has been found now. */
function countFingerprint(fingerprint: string, i32: Int32Array): number {
  const hash = hashText(fingerprint) || 1;
  for (let n = 0; n < SEEN; n++) {
    const at = seenAt + 2 * (((hash >>> 0) + n) % SEEN);
    if (i32[at] !== hash && i32[at] !== 0) continue;
    i32[at] = hash;
    i32[at + 1]! += 1;
    return i32[at + 1]!;
  }
  return 1;
}

/** Counts a fault; true when it is the first of its kind. */
export function isFirst(fingerprint: string): boolean {
  return underJudge(() => countFingerprint(fingerprint, ownViews.i32)) === 1;
}

/** Writes a finding; false when there is no room. Any IRQL. */
export function logFinding(finding: Finding): boolean {
  const { i32, u8 } = ownViews;
  const bytes = encoder.encode(JSON.stringify(finding));
  return underJudge(() => {
    const used = i32[start >> 2]!;
    const at = textStart + used;
    if (at + 4 + bytes.length > end) {
      i32[(start >> 2) + 2]! += 1;
      return false;
    }
    i32[at >> 2] = bytes.length;
    u8.set(bytes, at + 4);
    i32[(start >> 2) + 1]! += 1;
    // The length is written last: a reader without the lock sees whole findings only.
    i32[start >> 2] = used + ((4 + bytes.length + 3) & ~3);
    return true;
  });
}

/** A finding with how often its fault was found. */
export interface LoggedFinding extends Finding {
  readonly count: number;
}

function countOf(fingerprint: string, i32: Int32Array): number {
  const hash = hashText(fingerprint) || 1;
  for (let n = 0; n < SEEN; n++) {
    const at = seenAt + 2 * (((hash >>> 0) + n) % SEEN);
    if (i32[at] === hash) return i32[at + 1]!;
    if (i32[at] === 0) break;
  }
  return 1;
}

/** Every finding of a machine, oldest first. The host gives its own views of it. */
export function loggedFindings(views: Views = ownViews): LoggedFinding[] {
  const { i32, u8 } = views;
  const found: LoggedFinding[] = [];
  const used = i32[start >> 2]!;
  for (let at = textStart; at < textStart + used;) {
    const length = i32[at >> 2]!;
    const text = decoder.decode(u8.slice(at + 4, at + 4 + length));
    const finding = JSON.parse(text) as Finding;
    found.push({ ...finding, count: Math.max(1, countOf(finding.fingerprint, i32)) });
    at += (4 + length + 3) & ~3;
  }
  return found;
}

/** Findings for which there was no room. */
export function lostFindings(views: Views = ownViews): number {
  return views.i32[(start >> 2) + 2]!;
}
