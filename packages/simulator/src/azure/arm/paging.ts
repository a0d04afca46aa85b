/**
 * Lists in pages, with a link to the next one.
 *
 * @module
 */
import type { ArmCall } from './arm-request.js';

/** The body of a list answer. `baseUrl` is ARM's own address, as the caller knows it. */
export function page<T>(
  call: ArmCall,
  items: readonly T[],
  show: (item: T) => unknown,
  options: { readonly baseUrl: string; readonly pageSize: number },
): { value: unknown[]; nextLink?: string } {
  const skipped = Number(call.query.get('$skiptoken') ?? 0);
  const start = Number.isInteger(skipped) && skipped > 0 ? skipped : 0;
  const end = start + options.pageSize;
  const value = items.slice(start, end).map(show);
  if (end >= items.length) return { value };
  const next = new URLSearchParams(call.query);
  next.set('$skiptoken', String(end));
  return { value, nextLink: `${options.baseUrl}${call.path}?${next.toString()}` };
}
