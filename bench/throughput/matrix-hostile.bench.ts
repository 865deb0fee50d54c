// Requestors x filters, requests completed delayed, overtaken, at either level, some in the call; see matrix.
//
//   requestor 1..8 --read--> 0, 1, 3 or 8 filters --> ramfs --> hostile storage
import { matrixOf } from '../matrix.ts';

export default matrixOf('hostile');
