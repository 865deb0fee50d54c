// One operation through 3 filters; see callback-walk.
import { withFilters } from './callback-walk.bench.ts';
import type { BenchCase } from '../case.ts';

export default {
  title: 'one operation, 3 filters',
  tasks: () => withFilters(3, false),
} satisfies BenchCase;
