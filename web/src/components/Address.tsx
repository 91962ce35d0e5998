import { Fragment } from 'react';

/** An address or a path: where there is no room for all of it, the line breaks behind a slash and not in a word. */
export function Address({ children }: { children: string }) {
  const parts = children.split(/(?<=[^/]\/)(?=[^/])/);
  return parts.map((part, at) => (
    <Fragment key={parts.slice(0, at).join('')}>
      {at > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
