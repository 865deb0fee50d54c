// How a thread leaves a schedule that is over before it is: by an exception that code under test
// and the kernel let pass. It is no finding and no failure of the thread.
export class ScheduleOver extends Error {
  override readonly name = 'ScheduleOver';
  constructor() {
    super('the schedule is over before this thread is');
  }
}
