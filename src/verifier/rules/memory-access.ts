// Every access of a driver to the machine's memory is one that Windows would survive under special
// pool and forced IRQL checking: not to pageable memory at DISPATCH_LEVEL, not to a block that was
// freed, not beyond or before a block, not to the NULL page. Views, a driver's arrays and the
// routines that move memory come by here; what a driver reads through accessors bound to constants
// is seen at DISPATCH_LEVEL only (mem/watch.ts).
import { atReboot } from '../../mem/reboot.ts';
import { onDriverAccess } from '../../mem/watch.ts';
import { i32 } from '../../mem/memory.ts';
import { NONPAGED, PAGED, USER } from '../../mem/memory-map.ts';
import { DRIVER_IRQL_NOT_LESS_OR_EQUAL, DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION }
  from '../../ntos/ke/bug-check-codes.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from '../../ntos/ke/irql.ts';
import { isLocked } from '../../ntos/ke/locked-pages.ts';
import { ALLOCATED_SALT, OWNER_MASK, PAGE_SLAB, RUN_ALLOCATED, bookkeepingEnd, descriptorOf,
  strides } from '../../ntos/ex/pool/pool-layout.ts';
import { blockAround } from '../../ntos/ex/pool/pool-trailer.ts';
import { poolTagName } from '../../ntos/ex/pool/pool-tags.ts';
import { MEMORY_TOUCHED } from '../../trace/event.ts';
import { blockImage, blockStacks } from '../finding/block-evidence.ts';
import { currentImage } from '../driver-frames.ts';
import { report } from '../finding/report.ts';
import { countAtDispatch, countRangeAtDispatch } from './dispatch-work.ts';
import { lookAtStatus } from './oplock-duty.ts';
import { judgeData } from './operation.ts';
import { judgeUserAddress } from './user-buffer.ts';
import type { PoolBlock } from '../../ntos/ex/pool/pool-trailer.ts';
import type { RuleName } from '../rule-book.ts';
import type { Rule } from '../rule.ts';

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** The run that was looked at last: inner pages of a run say nothing of themselves. */
let lastRun = 0;
let lastEnd = 0;
atReboot(() => {
  lastRun = 0;
  lastEnd = 0;
});

function isInLastRun(address: number): boolean {
  return address >= lastRun && address < lastEnd &&
    (i32[descriptorOf(lastRun) >> 2]! & 0xff) === RUN_ALLOCATED &&
    (i32[(descriptorOf(lastRun) >> 2) + 2] ?? 0) + lastRun === lastEnd;
}

/** Whether an address lies in an allocated block: the common case, without allocating anything. */
function isSound(address: number): boolean {
  if (isInLastRun(address)) return true;
  const info = i32[descriptorOf(address) >> 2]!;
  if ((info & 0xff) !== PAGE_SLAB) return isInRun(address);
  const cls = (info >>> 8) & 0xff;
  const offset = (address & 4095) % strides[cls]!;
  const block = address - offset + 8;
  const word = i32[(block - 4) >> 2]!;
  const salt = (((block >>> 3) ^ ALLOCATED_SALT) & 0xff) << 24;
  const bytes = word & 4095;
  const wanted = bytes | (cls << 12) | (((info >>> 16) & 0xff) << 17) | salt;
  return (word & ~OWNER_MASK) === wanted && offset >= 8 && offset - 8 < bytes;
}

function isInRun(address: number): boolean {
  const block = blockAround(address);
  if (block === undefined || block.isFree || address >= block.address + block.bytes) return false;
  lastRun = block.address;
  lastEnd = block.address + block.bytes;
  return true;
}

function fault(
  rule: RuleName, address: number, write: boolean, what: string, block: PoolBlock | undefined,
): void {
  const code = rule === 'lifetime.use-after-free' ? undefined
    : DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION;
  const running = currentImage();
  report({
    rule, image: running >= 0 ? running : blockImage(address), ...(code !== undefined && { code }),
    parameters: [address, write ? 1 : 0, 0, block?.address ?? 0],
    cause: `${hex(address)} was ${write ? 'written' : 'read'}: ${what}`,
    stacks: blockStacks(address),
  });
}

/** An access that is not sound: freed, beyond the end, before the start. */
function judgeBlock(address: number, write: boolean): void {
  const block = blockAround(address);
  if (block === undefined) {
    fault('lifetime.use-after-free', address, write, 'pool that is not allocated', undefined);
    return;
  }
  const { address: start, bytes, tag, isFree } = block;
  const name = `a block of ${bytes} bytes, tag ${poolTagName(tag)}`;
  if (isFree) {
    fault('lifetime.use-after-free', address, write, `pool that was freed, tag ${poolTagName(tag)}`,
      block);
  } else if (address < start) {
    fault('lifetime.underrun', address, write, `${start - address} bytes before ${name}`, block);
  } else {
    fault('lifetime.overrun', address, write,
      `${address - start - bytes + 1} bytes beyond the end of ${name}`, block);
  }
}

function judgePaged(address: number, write: boolean): void {
  const irql = KeGetCurrentIrql();
  if (irql < DISPATCH_LEVEL || isLocked(address)) return;
  report({
    rule: 'paged-memory', code: DRIVER_IRQL_NOT_LESS_OR_EQUAL,
    parameters: [address, irql, write ? 1 : 0, 0],
    cause: `paged pool was ${write ? 'written' : 'read'} at IRQL ${irql}; from DISPATCH_LEVEL on ` +
      'only nonpaged memory may be touched',
    stacks: blockStacks(address),
  });
}

function judgeAccess(address: number, write: boolean): void {
  countAtDispatch();
  lookAtStatus(address);
  if (address >= bookkeepingEnd) {
    if (address >= PAGED.end) return;
    if (address >= PAGED.start) judgePaged(address, write);
    if (!isSound(address)) judgeBlock(address, write);
    else judgeData(address, write);
  } else if (address < USER.start) {
    report({ rule: 'contract.null-pointer', parameters: [0xc0000005, 0, write ? 1 : 0, address],
      cause: `the NULL page was ${write ? 'written' : 'read'}, at ${hex(address)}: a pointer ` +
        'that was never set, or a status that was not looked at' });
  } else {
    judgeUserAddress(address, write);
  }
}

/** A routine moves memory: both ends of the range are touched, and what lies between. */
function judgeRange(address: number, bytes: number, write: number): void {
  if (bytes <= 0 || address >= PAGED.end || currentImage() < 0) return;
  countRangeAtDispatch(bytes);
  judgeAccess(address, write !== 0);
  if (address < NONPAGED.start) return;
  if (bytes > 1) judgeAccess(address + bytes - 1, write !== 0);
}

onDriverAccess(judgeAccess);

export const memoryAccess: Rule = {
  name: 'memory-access',
  on: { [MEMORY_TOUCHED]: judgeRange },
};
