// Requestors x filters, requests completed in a storage thread at DISPATCH_LEVEL; see matrix.
//
//   requestor 1..8 --read--> 0, 1, 3 or 8 filters --> ramfs --> storage thread, DISPATCH_LEVEL
import { matrixOf } from '../matrix.ts';

export default matrixOf('dispatch');
