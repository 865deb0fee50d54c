// What the bug checks of the machine mean: their parameters, and the kinds that the first
// parameter tells apart. The codes and their names are in ntos/ke/bug-check-codes.ts.
import { violations } from '../violations.ts';

/** A kind of a bug check, by its first parameter. */
export type Kind = readonly [parameter: number, text: string, rules: string];

export interface BugCheckRow {
  readonly code: number;
  readonly text: string;
  /** The other parameters, or all of them, in words. */
  readonly parameters: string;
  readonly rules: string;
  readonly kinds?: readonly Kind[];
}

const pool: readonly Kind[] = [
  [0x00, 'an allocation of zero bytes', 'KRN-48'],
  [0x06, 'a block freed twice', 'KRN-48'],
  [0x07, 'a block freed twice', 'KRN-48'],
  [0x08, 'an allocation at too high an IRQL', 'KRN-48'],
  [0x09, 'a free at too high an IRQL', 'KRN-48'],
  [0x0a, 'a free with another tag', 'KRN-48'],
  [0x9b, 'an allocation with a tag of zero', 'KRN-48'],
];

const verifier: readonly Kind[] = [
  [0x00, 'an allocation of zero bytes', 'KRN-48'],
  [0x01, 'paged pool allocated above APC_LEVEL', 'KRN-48'],
  [0x02, 'nonpaged pool allocated above DISPATCH_LEVEL', 'KRN-48'],
  [0x10, 'an address freed that was never allocated', 'KRN-48'],
  [0x11, 'paged pool freed above APC_LEVEL', 'KRN-48'],
  [0x12, 'nonpaged pool freed above DISPATCH_LEVEL', 'KRN-48'],
  [0x30, 'an IRQL raised to a lower one', 'KRN-2'],
  [0x31, 'an IRQL lowered to a higher one', 'KRN-2'],
  [0x32, 'a spin lock released at another level than DISPATCH_LEVEL', 'KRN-13'],
  [0x33, 'a fast mutex acquired above APC_LEVEL', 'KRN-23'],
  [0x34, 'a fast mutex released at another level than APC_LEVEL', 'KRN-23'],
  [0x37, 'a resource acquired above APC_LEVEL or with APCs enabled', 'KRN-27'],
  [0x38, 'a resource released above DISPATCH_LEVEL or with APCs enabled', 'KRN-27'],
  [0x39, 'an unsafe fast mutex routine with APCs enabled: acquired', 'KRN-23'],
  [0x3a, 'an unsafe fast mutex routine with APCs enabled: released', 'KRN-23'],
  [0x3b, 'a wait at DISPATCH_LEVEL or above', 'KRN-4'],
  [0x3d, 'a resource that is not aligned', 'KRN-26'],
  [0x3e, 'a region left that was not entered', 'KRN-6'],
  [0x40, 'an AtDpcLevel acquire below DISPATCH_LEVEL', 'KRN-14'],
  [0x41, 'a FromDpcLevel release below DISPATCH_LEVEL', 'KRN-14'],
  [0x42, 'a spin lock acquired above DISPATCH_LEVEL', 'KRN-13'],
  [0x51, 'a write behind the end of a block', 'KRN-48'],
  [0x62, 'pool that a driver left behind at its unload', 'VER-3'],
  [0x7c, 'an MDL locked or unlocked out of turn', 'KRN-51'],
  [0x7d, 'an MDL of nonpaged pool unlocked', 'KRN-51'],
  [0x80, 'KeSetEvent above DISPATCH_LEVEL', 'KRN-20'],
  [0xc5, 'a routine that changed the APC disable count', 'KRN-9'],
  [0xca, 'a lookaside list initialised twice', 'KRN-49'],
  [0xcb, 'a lookaside list deleted that is none', 'KRN-49'],
  [0xcc, 'pool freed that contains a lookaside list', 'KRN-49'],
  [0xd0, 'a resource initialised twice', 'KRN-26'],
  [0xd1, 'a resource deleted that is none', 'KRN-26'],
  [0xd2, 'pool freed that contains a resource', 'KRN-26'],
  [0xe1, 'a lock in pageable memory', 'KRN-19'],
  [0xe5, 'a routine at a wrong IRQL', 'IRQL-1'],
  [0xe6, 'a Zw routine not at PASSIVE_LEVEL with APCs enabled', '10.3'],
  [0xea, 'a push lock acquired with APCs enabled', 'KRN-33'],
  [0xeb, 'a push lock released with APCs enabled', 'KRN-33'],
  [0xfa, 'a completion routine that changed the IRQL', 'KRN-2'],
  [0x11a, 'a region entered above APC_LEVEL', 'KRN-6'],
  [0x11b, 'a region left above APC_LEVEL', 'KRN-6'],
  [0x120, 'a wait above DISPATCH_LEVEL', 'KRN-4'],
  [0x121, 'a wait for ever at DISPATCH_LEVEL', 'KRN-4'],
  [0x122, 'a wait with a timeout at DISPATCH_LEVEL', 'KRN-4'],
  [0x131, 'a work item in pageable memory', 'KRN-40'],
  [0x1000, 'a lock acquired that the thread itself keeps from being granted', 'KRN-28'],
  [0x1001, 'locks acquired in two orders', '12.2'],
  [0x1004, 'a lock released by another thread', 'KRN-23'],
  [0x1008, 'a lock acquired with routines of another kind', 'KRN-16'],
  [0x100b, 'a lock deleted while it is held', 'KRN-36'],
  [0x20004, 'rule IrqlExAllocatePool', 'IRQL-1'],
  [0x20006, 'rule IrqlExApcLte2: an executive routine above APC_LEVEL', 'IRQL-1'],
  [0x20008, 'rule IrqlExPassive: an executive routine above PASSIVE_LEVEL', 'IRQL-1'],
  [0x20009, 'rule IrqlIoApcLte: an I/O routine above APC_LEVEL', 'IRQL-1'],
  [0x2000a, 'rule IrqlIoPassive1: an I/O routine above PASSIVE_LEVEL', 'IRQL-1'],
  [0x2000f, 'rule IrqlKeApcLte1: a kernel routine above APC_LEVEL', 'IRQL-1'],
  [0x20011, 'rule IrqlKeDispatchLte: a kernel routine above DISPATCH_LEVEL', 'IRQL-1'],
  [0x20019, 'rule IrqlMmApcLte: a memory routine above APC_LEVEL', 'IRQL-1'],
  [0x2001b, 'rule IrqlObPassive: an object routine above PASSIVE_LEVEL', 'IRQL-1'],
  [0x2001c, 'rule IrqlPsPassive: a process routine above PASSIVE_LEVEL', 'IRQL-1'],
  [0x20022, 'rule IrqlIoDispatch: an I/O routine above DISPATCH_LEVEL', 'IRQL-1'],
  ...violations.map(([text, rules], n): Kind => [0xf500 | n, text, rules]),
];

const filterManager: readonly Kind[] = [
  [0x66, 'a post-operation callback was wanted that is not registered; parameter 2 is the ' +
    'callback data', 'PRE-6'],
  [0x68, 'name information was released too often; parameter 3 is the information', 'NAM-1'],
  [0x6a, 'an open was cancelled that has handles; parameter 2 is the file object', 'POST-20'],
  [0x6d, 'a context was released too often; parameter 2 is the context', 'CTX-16'],
  [0x6e, 'a context was used after its end; parameter 2 is the context', 'CTX-16'],
];

const ioManager: readonly Kind[] = [
  [0x06, 'an IRP completed with STATUS_PENDING', '11.11'],
  [0x0e, 'an IRP completed above DISPATCH_LEVEL', '11.11'],
  [0x10, 'IoCallDriver above DISPATCH_LEVEL', '11.11'],
];

const b = (
  code: number, text: string, parameters = 'none', rules = '11.11', kinds?: readonly Kind[],
): BugCheckRow => ({ code, text, parameters, rules, ...(kinds && { kinds }) });

/** Every bug check that the machine raises. */
export const bugChecks: readonly BugCheckRow[] = [
  b(0x01, 'A system call or work routine returned with an unbalanced APC state',
    'routine, index, disable counts, 0 system call or 1 work routine', 'KRN-9 KRN-41'),
  b(0x0a, 'Pageable memory was touched, or pageable code run, at too high an IRQL',
    'address, IRQL, kind of access, instruction', 'KRN-3'),
  b(0x0c, 'More objects to wait for than allowed', 'none', 'KRN-12'),
  b(0x0f, 'A spin lock was acquired by who has it', 'lock', 'KRN-15'),
  b(0x10, 'A spin lock was released by who has it not', 'lock', 'KRN-15'),
  b(0x11, 'A mutex was released by who has it not', 'mutex, owner', 'KRN-22'),
  b(0x18, 'An object was dereferenced too often', 'type, object', '11.11'),
  b(0x19, 'The header of a pool block was overwritten', 'kind, block', 'KRN-48'),
  b(0x1e, 'An exception that nobody handled', 'status, address, further parameters'),
  b(0x20, 'A thread ended with APCs disabled or pending', 'APC, disable count, IRQL', 'KRN-9'),
  b(0x24, 'The file system found its own structures wrong', 'where, further parameters'),
  b(0x35, 'An IRP has no stack location left for the next driver', 'IRP'),
  b(0x44, 'An IRP was completed twice', 'IRP'),
  b(0x48, 'An IRP was completed with its cancel routine set', 'IRP, routine'),
  b(0x4a, 'A thread returned to user mode at a raised IRQL', 'system call, IRQL', 'KRN-41'),
  b(0x50, 'Memory was touched that is not there', 'address, kind of access'),
  b(0x7f, 'Driver routines used more than a kernel stack',
    '8, routines inside of each other, bytes used, bytes there are', 'IO-1'),
  b(0x93, 'A kernel routine was given a handle or port that is not open', 'handle', 'PORT-8'),
  b(0x96, 'A work item was queued that is queued', 'queue, item', 'KRN-40'),
  b(0xb8, 'A DPC waited', 'thread', 'KRN-4'),
  b(0xc1, 'Memory beside a block of special pool was overwritten',
    'block, where, bytes behind it, 0x24', 'KRN-48'),
  b(0xc2, 'Pool was misused', 'kind, further parameters', 'KRN-48', pool),
  b(0xc4, 'Driver Verifier found a broken rule', 'kind, further parameters', 'VER-2', verifier),
  b(0xc8, 'A routine returned at another IRQL than it was called at', 'both levels', 'KRN-2'),
  b(0xc9, 'I/O verification found a broken rule', 'kind, further parameters', '11.11', ioManager),
  b(0xcb, 'A driver left pages locked', 'driver, MDL', 'KRN-51'),
  b(0xce, 'A driver was unloaded with work outstanding', 'address', 'KRN-49'),
  b(0xd1, 'A driver touched pageable memory at DISPATCH_LEVEL or above',
    'address, IRQL, 0 read or 1 write, instruction', 'KRN-3 POST-5'),
  b(0xd5, 'A driver touched memory that had been freed', 'address, 0 read or 1 write, block',
    'KRN-48'),
  b(0xd6, 'A driver touched memory beyond the end of a block',
    'address, 0 read or 1 write, block', 'KRN-48'),
  b(0xe1, 'A work routine returned at a raised IRQL', 'routine, IRQL', 'KRN-41'),
  b(0xe2, 'The machine was told to stop', 'as given'),
  b(0xe3, 'A resource was released by who has it not', 'resource, thread, owners', 'KRN-30'),
  b(0xe4, 'A work item was misused', 'kind, item', 'KRN-40'),
  b(0xf5, 'The Filter Manager found a minifilter\'s mistake', 'kind, further parameters', '11.11',
    filterManager),
  b(0x133, 'A DPC or a spin lock took too long', 'kind, times', 'KRN-15'),
  b(0x139, 'A list entry was corrupt', '3, record', 'KRN-52'),
  b(0x162, 'A lock was released by a thread that has it not', 'thread, lock', 'KRN-36'),
  b(0x192, 'A push lock was acquired at a raised IRQL', 'thread, lock, IRQL', 'KRN-36'),
];
