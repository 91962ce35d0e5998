import { createElement, Fragment } from 'react';

/** An address or a path: where there is no room for all of it, the line breaks behind a slash and not in a word. */
export function Address({ children }: { children: string }) {
  const parts = children.split(/(?<=[^/]\/)(?=[^/])/);
  return createElement(
    Fragment,
    null,
    ...parts.flatMap((part, at) => (at > 0 ? [createElement('wbr'), part] : [part])),
  );
}
