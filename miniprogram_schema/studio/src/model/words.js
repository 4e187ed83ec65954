/** Small things said in words. */

/** A time as it is read in a list. */
export function whenTold(at, now = Date.now()) {
  if (!at) return '';
  const minutes = Math.floor((now - at) / 60000);
  if (minutes < 1) return '刚刚';
  if (minutes < 60) return `${minutes} 分钟前`;
  const date = new Date(at);
  const clock = `${date.getHours()}:${String(date.getMinutes()).padStart(2, '0')}`;
  const isToday = new Date(now).toDateString() === date.toDateString();
  return isToday ? `今天 ${clock}` : `${date.getMonth() + 1}月${date.getDate()}日 ${clock}`;
}

/** {version, at, by} or {revision, at, by} told as who and when. */
export function whoWhen(event, now) {
  return event ? [event.by_name ?? event.by, whenTold(event.at, now)].filter(Boolean).join(' · ') : '';
}
