// The other side of poolifier.
import { ThreadWorker } from 'poolifier';

export default new ThreadWorker(() => 0);
