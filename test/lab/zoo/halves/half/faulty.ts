// An entry without a twin.
export { DriverEntry } from '#src/minifilters/null-filter.ts';
