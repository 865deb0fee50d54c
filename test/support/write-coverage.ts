// Has Node write down what the test thread has run, when NODE_V8_COVERAGE asks for it: vitest ends
// its processes before Node would do so by itself.
import { takeCoverage } from 'node:v8';
import { afterAll } from 'vitest';

if (process.env['NODE_V8_COVERAGE'] !== undefined) afterAll(() => takeCoverage());
