// One operation through 16 filters; see callback-walk.
import { withFilters } from './callback-walk.bench.ts';
import type { BenchCase } from '../case.ts';

export default {
  title: 'one operation, 16 filters',
  tasks: () => withFilters(16, false),
} satisfies BenchCase;
