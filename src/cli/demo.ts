// stub
import { Command } from 'commander';
import type { About } from './about.ts';
export function demoCommand(about: About): Command {
  return new Command('demo').action(() => about.finish(0));
}
