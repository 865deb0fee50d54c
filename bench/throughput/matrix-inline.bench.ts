// Requestors x filters, requests completed in the call; see matrix.
//
//   requestor 1..8 --read--> 0, 1, 3 or 8 filters --> ramfs or null-fs (ends in the call)
import { matrixOf } from '../matrix.ts';

export default matrixOf('inline');
