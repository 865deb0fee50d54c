// `fltlab filters`: what is built in.
import { Command } from 'commander';
import { coloursFor, table } from '../lab/report/table.ts';
import { builtInFilters } from './filters.ts';
import type { About } from './about.ts';

/** The command. */
export function filtersCommand(about: About): Command {
  return new Command('filters')
    .description('List the built-in minifilters with altitude, load order group and purpose.')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: true }) => {
      const filters = await builtInFilters();
      if (options.json === true) process.stdout.write(`${JSON.stringify(filters, undefined, 2)}\n`);
      else {
        const rows = filters.map((f) => [f.name, f.altitude, f.loadOrderGroup, f.description]);
        const columns = [{ name: 'filter' }, { name: 'altitude', align: 'right' as const },
          { name: 'load order group' }, { name: 'what it does' }];
        process.stdout.write(`${table(columns, rows, coloursFor(process.stdout))}\n\n` +
          '  fltlab run --filter NAME uses one; --filter ./path/to/your-filter.js one of yours;\n' +
          '  NAME@altitude puts it elsewhere in the stack.\n');
      }
      about.finish(0);
    });
}
