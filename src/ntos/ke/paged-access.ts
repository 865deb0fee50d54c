// Pageable memory must not be touched at DISPATCH_LEVEL or above: whoever could bring the page in
// cannot run (KRN-3). On Windows it is a bug check only when the page happens to be out; the
// checked configuration behaves as Force IRQL Checking does and takes it to be out always (12.2),
// unless an MDL keeps it in.
import { onPagedAccess } from '../../mem/watch.ts';
import { KeBugCheckEx } from './bug-check.ts';
import { DRIVER_IRQL_NOT_LESS_OR_EQUAL } from './bug-check-codes.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from './irql.ts';
import { isLocked } from './locked-pages.ts';

onPagedAccess((address, write) => {
  const irql = KeGetCurrentIrql();
  if (irql < DISPATCH_LEVEL || isLocked(address)) return;
  KeBugCheckEx(DRIVER_IRQL_NOT_LESS_OR_EQUAL, address, irql, write ? 1 : 0, 0,
    `paged pool at 0x${address.toString(16)} was ${write ? 'written' : 'read'} at IRQL ${irql}; ` +
      `from DISPATCH_LEVEL on only nonpaged memory may be touched (KRN-3, POST-5)`);
});
