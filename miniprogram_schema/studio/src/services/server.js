/** The pages of the server, asked for as the coordinator who is signed in. */
import { createCall, createWire } from '../../../weapp/services/api.js';
import { newSecret } from '../../../weapp/services/random.js';
import { Session } from '../../../weapp/services/session.js';
import { createStore } from '../../../weapp/services/store.js';
import { fetchRequest } from './fetch_request.js';
import { browserStorage } from './storage.js';

/** @param {{fetch: typeof fetch, storage: Storage, base?: string}} parts */
export function createServer({ fetch, storage, base = '' }) {
  const store = createStore(browserStorage(storage));
  const post = tellingWire({ request: fetchRequest(fetch), base });
  const clock = { now: () => Date.now() };
  const session = new Session({ kind: 'staff', post, store, clock, newSecret: () => newSecret({}) });
  const call = createCall({ post, session });
  return { session, store, call: (action, body = {}) => call(action, body).catch(asSignedOut) };
}

/** A second factor that is due is asked for where one signs in, and stops the work here as well. */
function asSignedOut(error) {
  throw error.code === 'second_factor' ? Object.assign(error, { code: 'unauthenticated' }) : error;
}

/** The wire, whose errors keep what else the server said: whose draft stands there, which faults. */
function tellingWire({ request, base }) {
  return async function post(action, body, options) {
    let told = {};
    const hearing = (asked) => request({ ...asked, success: (answer) => {
      told = answer.data?.error ?? {};
      asked.success(answer);
    } });
    try {
      return await createWire({ request: hearing, base })(action, body, options);
    } catch (error) {
      throw Object.assign(error, { theirs: told.theirs, faults: told.faults });
    }
  };
}
