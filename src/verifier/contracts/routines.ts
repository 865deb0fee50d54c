// Contracts: routines found by name at run time.
import { DISPATCH, PASSIVE, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltGetRoutineAddress: row('FltMgrRoutineName*', DISPATCH,
    'Finds a routine of the Filter Manager by name, at run time.',
    { returns: 'its code pointer, or NULL', rules: 'IO-28' }),
});

const wdm = family('wdm', {
  MmGetSystemRoutineAddress: row('SystemRoutineName*', PASSIVE,
    'Finds a routine of the kernel by name, at run time.',
    { returns: 'its code pointer, or NULL' }),
});

export const routines = { ...fltkernel, ...wdm };
