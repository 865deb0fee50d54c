// Contracts: I/O priority hints.
import { ANY, DISPATCH, family, row } from './contract.ts';

const HINT = { returns: 'IO_PRIORITY_HINT; IoPriorityNormal where there is none' };
const SETS = { statuses: 'STATUS_INVALID_PARAMETER' };

const fltkernel = family('fltkernel', {
  FltApplyPriorityInfoThread: row('InputPriorityInfo* OutputPriorityInfo>? Thread*', DISPATCH,
    'Gives a thread the priorities in a structure.', { statuses: 'STATUS_INVALID_PARAMETER_1' }),
  FltGetIoPriorityHint: row('Data*', DISPATCH,
    'The hint of an operation, its file object or its thread.', HINT),
  FltGetIoPriorityHintFromCallbackData: row('Data*', DISPATCH,
    'The hint of the IRP of an operation.', HINT),
  FltGetIoPriorityHintFromFileObject: row('FileObject*', DISPATCH,
    'The hint of a file object.', HINT),
  FltGetIoPriorityHintFromThread: row('Thread*', DISPATCH, 'The hint of a thread.', HINT),
  FltRetrieveIoPriorityInfo: row('Data? FileObject? Thread? PriorityInfo*', DISPATCH,
    'Retrieves the priorities of a thread and the hint of an operation.'),
  FltSetIoPriorityHintIntoCallbackData: row('Data* PriorityHint', DISPATCH,
    'Sets the hint of an operation, for the filters below and the file system.', SETS),
  FltSetIoPriorityHintIntoFileObject: row('FileObject* PriorityHint', DISPATCH,
    'Sets the hint of a file object.',
    { statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER' }),
  FltSetIoPriorityHintIntoThread: row('Thread* PriorityHint', DISPATCH,
    'Sets the hint of a thread.', SETS),
});

const wdm = family('wdm', {
  IoGetIoPriorityHint: row('Irp*', ANY, 'The hint of an IRP.', HINT),
  IoSetIoPriorityHint: row('Irp* PriorityHint', ANY, 'Sets the hint of an IRP.', SETS),
});

const ntifs = family('ntifs', {
  IoInitializePriorityInfo: row('PriorityInfo*', DISPATCH,
    'Makes a structure for FltRetrieveIoPriorityInfo.'),
});

export const fltPriority = { ...fltkernel, ...wdm, ...ntifs };
