// Operations of eight major functions in turn through 8 filters; see callback-walk.
import { withFilters } from './callback-walk.bench.ts';
import type { BenchCase } from '../case.ts';

export default {
  title: 'operations of 8 majors in turn, 8 filters',
  tasks: () => withFilters(8, true),
} satisfies BenchCase;
