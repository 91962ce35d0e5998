import {
  ApartmentOutlined,
  BankOutlined,
  EnvironmentOutlined,
  GlobalOutlined,
  VideoCameraOutlined,
} from '@ant-design/icons';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Empty, Tree } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Branch, EntryNode } from '@/api';
import { Loading } from '@/components/Loading';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { standing } from '@/lib/problem';
import { openBranch } from '@/lib/server';
import styles from './registry.module.css';

export interface Chosen {
  node: string;
  name: string;
  region: string | null;
  entry: EntryNode | null;
}

interface TreeNode {
  key: string;
  title: ReactNode;
  icon: ReactNode;
  isLeaf: boolean;
  chosen: Chosen;
  children?: TreeNode[];
}

const ICONS: Record<EntryNode['kind'], ReactNode> = {
  organisation: <ApartmentOutlined />,
  place: <BankOutlined />,
  spot: <EnvironmentOutlined />,
  channel: <VideoCameraOutlined />,
};

interface TreeProps {
  onChoose: (chosen: Chosen | null) => void;
}

/** Territories, organisations, places, spots and channels; what is below a node is read when it is opened. */
export function RegistryTree({ onChoose }: TreeProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [expanded, setExpanded] = useState<string[]>([]);
  const top = useQuery(branchQuery(''));
  const opened = useQueries({ queries: expanded.map((key) => branchQuery(nodeOfKey(key))) });
  const root = standing(top);
  if (!root) return <Loading error={top.error} />;
  const below = new Map(expanded.flatMap((key, at) => (opened[at]?.data ? [[key, opened[at].data] as const] : [])));
  const nodes = nodesOf('', root, below, t('registry.former'), language);
  if (nodes.length === 0) return <Empty description={t('registry.nothingInTree')} />;
  return (
    <Tree<TreeNode>
      showIcon
      blockNode
      treeData={nodes}
      expandedKeys={expanded}
      onExpand={(keys) => setExpanded(keys.map(String))}
      aria-label={t('registry.tree')}
      onSelect={(_keys, { node, selected }) => onChoose(selected ? node.chosen : null)}
    />
  );
}

const branchQuery = (node: string) => ({ queryKey: ['registry', 'tree', node], queryFn: () => wholeBranch(node) });

// The same thing may stand in the tree twice; where it stands is part of its key.
const nodeOfKey = (key: string): string => key.slice(key.lastIndexOf('>') + 1);

/** Everything directly below a node: places of a large unit come in several pages. */
async function wholeBranch(node: string): Promise<Branch> {
  const found = await openBranch(node);
  let { next } = found;
  while (next !== null) {
    const page = await openBranch(node, next);
    found.entries.push(...page.entries);
    next = page.next;
  }
  return found;
}

function nodesOf(
  parent: string,
  branch: Branch,
  below: ReadonlyMap<string, Branch>,
  former: string,
  language: Language,
): TreeNode[] {
  const opened = (key: string) => {
    const known = below.get(key);
    return known && { children: nodesOf(key, known, below, former, language) };
  };
  const territories = branch.territories.map((one) => {
    const key = `${parent}>${one.node}`;
    const name = inLanguage(one, language);
    return {
      key,
      icon: <GlobalOutlined />,
      title: <Title name={one.former ? `${name}（${former}）` : name} channels={one.channels} />,
      isLeaf: false,
      chosen: { node: one.node, name, region: one.code, entry: null },
      ...opened(key),
    };
  });
  const entries = branch.entries.map((one) => {
    const key = `${parent}>${one.node}`;
    return {
      key,
      icon: ICONS[one.kind],
      title: <Title name={one.name} channels={one.kind === 'channel' ? null : one.channels} />,
      isLeaf: !one.opens,
      chosen: { node: one.node, name: one.name, region: one.region_code, entry: one },
      ...opened(key),
    };
  });
  return [...territories, ...entries];
}

function Title({ name, channels }: { name: string; channels: number | null }) {
  const { t } = useTranslation();
  return (
    <span className={styles.node}>
      <span>{name}</span>
      {channels !== null && channels > 0 && (
        <span className={`${styles.count} tabular`}>{t('registry.channels', { count: channels })}</span>
      )}
    </span>
  );
}
