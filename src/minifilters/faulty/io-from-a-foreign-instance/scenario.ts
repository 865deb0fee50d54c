// BZ-093: three filters; the middle one reads a file at its cleanup.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

const shipped = (name: string): string => new URL(`../../${name}.js`, import.meta.url).href;

export const story = zooScenario({
  id: 'BZ-093', name: 'io-from-a-foreign-instance', interleaving: 'any',
  detectors: ['contract', 'invariant'],
  about: 'the middle one of three filters reads',
  filters: [
    { name: 'above', module: shipped('pass-through'), altitude: '380000' },
    { name: 'below', module: shipped('null-filter'), altitude: '360000' },
  ],
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.close(file);
  }],
});
