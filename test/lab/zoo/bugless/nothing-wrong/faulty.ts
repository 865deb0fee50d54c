// An entry whose faulty filter has no bug: nothing can be found.
export { DriverEntry } from '#src/minifilters/null-filter.ts';
