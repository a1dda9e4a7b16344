/** Whether code that came with a link may run by itself: only where the machine keeps runs from its files. */
import { call } from '../../client/call';

/** How long to wait before asking again while the lab is starting, and how often. */
const AGAIN_MS = 400;
const TIMES = 100;

/** True where the seal holds; false where it does not, or where nobody can tell. */
export async function isSealed(): Promise<boolean> {
  for (let time = 0; time < TIMES; time++) {
    try {
      const { sealed } = await call('get', '/api/v1/lab/protection');
      if (sealed !== null && sealed !== undefined) return sealed;
    } catch {
      return false;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
  return false;
}
