import { Table, type TableProps } from 'antd';
import type { KeyboardEvent, ReactNode } from 'react';

interface Props<Row> extends Omit<TableProps<Row>, 'locale' | 'onRow'> {
  /** Said where there is nothing: what to do next. */
  empty: ReactNode;
  /** What was asked for did not come: that is no empty table, and somebody else says why. */
  failed?: boolean;
  /** Rows are stops of the keyboard then: arrows between them, Enter opens. */
  onOpen?: (row: Row) => void;
  /** Data of a row for tests. */
  rowAttributes?: (row: Row) => Record<`data-${string}`, unknown>;
}

/** Tables as all pages have them: dense, the head stays, no pages for a handful of rows, rows by keyboard. */
export function DataTable<Row extends object>({ empty, failed = false, onOpen, rowAttributes, ...props }: Props<Row>) {
  const none = !props.dataSource?.length;
  if (failed && none) return null;
  return (
    <Table
      size="middle"
      sticky
      pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
      {...props}
      // While it is on its way nobody knows whether there is nothing.
      locale={{ emptyText: props.loading ? <div style={{ minHeight: 64 }} /> : empty }}
      onRow={(row) => ({
        ...rowAttributes?.(row),
        ...(onOpen && { tabIndex: 0, onKeyDown: (event) => keyed(event, () => onOpen(row)) }),
      })}
    />
  );
}

function keyed(event: KeyboardEvent<HTMLElement>, open: () => void): void {
  if (event.target !== event.currentTarget) return;
  if (event.key === 'Enter') open();
  else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') neighbour(event.currentTarget, event.key)?.focus();
  else return;
  event.preventDefault();
  // The page's own keys are for where no row has the focus.
  event.stopPropagation();
}

function neighbour(row: HTMLElement, key: 'ArrowDown' | 'ArrowUp'): HTMLElement | null {
  const next = key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
  return next instanceof HTMLElement && next.tabIndex >= 0 ? next : null;
}
