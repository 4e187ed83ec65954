/** From the path of a fault, as the server gives it, to the block and the field it lies in. */

/** @returns {{id: string, field: string}} `id` is '' for the page itself */
export function placeOf(page, path) {
  let holder = page;
  let rest = path ?? '';
  for (;;) {
    const [whole, index] = /^\.?items\[(\d+)\]/.exec(rest) ?? [];
    if (!whole || !holder.items?.[Number(index)]) break;
    holder = holder.items[Number(index)];
    rest = rest.slice(whole.length);
  }
  return { id: holder === page ? '' : holder.id, field: rest.replace(/^\./, '') };
}
