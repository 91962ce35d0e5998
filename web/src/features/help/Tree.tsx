import { createElement, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { Node } from './guide';

/** Tags and texts of the guide as elements; nothing is ever read as HTML. */
export function Tree({ nodes }: { nodes: readonly Node[] }): ReactNode[] {
  return nodes.map((node, index) => drawn(node, index));
}

function drawn(node: Node, key: number): ReactNode {
  if (typeof node === 'string') return node;
  const [tag, { href }, ...children] = node;
  const inside = children.length > 0 ? children.map(drawn) : undefined;
  if (tag === 'a' && href?.startsWith('/help/')) {
    return (
      <Link key={key} to={href}>
        {inside}
      </Link>
    );
  }
  const beside = tag === 'a' ? { href, target: '_blank', rel: 'noreferrer' } : {};
  return createElement(tag, { key, ...beside }, inside);
}
