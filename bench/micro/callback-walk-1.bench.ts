// One operation through 1 filter; see callback-walk.
import { withFilters } from './callback-walk.bench.ts';
import type { BenchCase } from '../case.ts';

export default {
  title: 'one operation, 1 filter',
  tasks: () => withFilters(1, false),
} satisfies BenchCase;
