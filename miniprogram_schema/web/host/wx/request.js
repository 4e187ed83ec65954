// wx.request over fetch: with a time limit, abort, and chunks as they come.

const DEFAULT_TIMEOUT = 60000;

/** @returns {{abort: function, onHeadersReceived: function, onChunkReceived: function}} the task */
export function request(options) {
  const control = new AbortController();
  const listeners = { headers: new Set(), chunk: new Set() };
  const timer = setTimeout(() => control.abort('timeout'), options.timeout ?? DEFAULT_TIMEOUT);
  exchange(options, control.signal, listeners)
    .then((answer) => settle(options, 'success', { ...answer, errMsg: 'request:ok' }))
    .catch((error) =>
      settle(options, 'fail', { errMsg: `request:fail ${reasonOf(control.signal, error)}` }),
    )
    .finally(() => clearTimeout(timer));
  return {
    abort: () => control.abort('abort'),
    onHeadersReceived: (listener) => listeners.headers.add(listener),
    offHeadersReceived: (listener) => listeners.headers.delete(listener),
    onChunkReceived: (listener) => listeners.chunk.add(listener),
    offChunkReceived: (listener) => listeners.chunk.delete(listener),
  };
}

// A mistake in the page's own callback is the page's to see; it is not a failed request.
function settle(options, outcome, result) {
  queueMicrotask(() => {
    options[outcome]?.(result);
    options.complete?.(result);
  });
}

async function exchange(options, signal, listeners) {
  const { url, init } = describe(options);
  const response = await fetch(url, { ...init, signal });
  const header = Object.fromEntries(response.headers);
  listeners.headers.forEach((listener) => listener({ header, statusCode: response.status }));
  const body = options.enableChunked
    ? await readChunks(response, listeners.chunk)
    : await response.arrayBuffer();
  return { data: decode(body, options), statusCode: response.status, header, cookies: [] };
}

function describe({ url, method = 'GET', header = {}, data }) {
  const verb = method.toUpperCase();
  const headers = new Headers(header);
  const init = { method: verb, headers, credentials: 'same-origin', referrerPolicy: 'no-referrer' };
  if (data === undefined || data === null) return { url, init };
  if (verb === 'GET' || verb === 'HEAD') {
    const query = typeof data === 'string' ? data : new URLSearchParams(data).toString();
    return { url: query ? `${url}${url.includes('?') ? '&' : '?'}${query}` : url, init };
  }
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  init.body = encode(data, headers.get('content-type'));
  return { url, init };
}

function encode(data, type) {
  if (typeof data === 'string' || data instanceof ArrayBuffer) return data;
  return type.includes('x-www-form-urlencoded')
    ? new URLSearchParams(data).toString()
    : JSON.stringify(data);
}

function decode(buffer, { responseType, dataType = 'json' }) {
  if (responseType === 'arraybuffer') return buffer;
  const text = new TextDecoder().decode(buffer);
  if (dataType !== 'json') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readChunks(response, listeners) {
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new ArrayBuffer(0);
    const data = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
    listeners.forEach((listener) => listener({ data }));
  }
}

function reasonOf(signal, error) {
  return signal.aborted ? String(signal.reason) : String(error?.message ?? error);
}
