// One operation through 8 filters; see callback-walk.
import { withFilters } from './callback-walk.bench.ts';
import type { BenchCase } from '../case.ts';

export default {
  title: 'one operation, 8 filters',
  tasks: () => withFilters(8, false),
} satisfies BenchCase;
