import { useMutation } from '@tanstack/react-query';
import { Button, Empty, Input, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FoundCamera } from '@/api';
import { ProblemNote } from '@/components/ProblemNote';
import { searchCameras } from '@/lib/server';
import styles from './discovery.module.css';

/** Who answers on the network; or one device by its address. */
export function SearchStep({ onAddress }: { onAddress: (address: string) => void }) {
  const { t } = useTranslation();
  const [host, setHost] = useState('');
  const search = useMutation({ mutationFn: () => searchCameras('') });
  const name = host.trim();
  return (
    <>
      <p className={styles.hint}>{t('discovery.hint')}</p>
      <div className={styles.row}>
        <Button type="primary" loading={search.isPending} onClick={() => search.mutate()} data-testid="search-cameras">
          {t('discovery.search')}
        </Button>
        <span className={styles.or}>{t('discovery.or')}</span>
        <Input
          value={host}
          onChange={(event) => setHost(event.target.value)}
          onPressEnter={() => name && onAddress(name)}
          placeholder="192.168.1.64"
          aria-label={t('discovery.host')}
          spellCheck={false}
          data-testid="onvif-host"
        />
        <Button disabled={!name} onClick={() => onAddress(name)} data-testid="ask-host">
          {t('discovery.ask')}
        </Button>
      </div>
      <ProblemNote error={search.error} />
      {search.data && <Answered found={search.data.items} more={search.data.more} onAddress={onAddress} />}
    </>
  );
}

interface AnsweredProps {
  found: FoundCamera[];
  more: number;
  onAddress: (address: string) => void;
}

function Answered({ found, more, onAddress }: AnsweredProps) {
  const { t } = useTranslation();
  if (found.length === 0) return <Empty description={t('discovery.nobody')} />;
  return (
    <>
      <Table<FoundCamera>
        size="small"
        rowKey={(one) => `${one.host} ${one.addresses.join(' ')}`}
        dataSource={found}
        pagination={found.length > 10 ? { pageSize: 10, showSizeChanger: false } : false}
        columns={[
          { title: t('discovery.name'), render: (_, one) => one.name || '—', ellipsis: true },
          { title: t('discovery.hardware'), dataIndex: 'hardware', ellipsis: true },
          { title: t('discovery.address'), dataIndex: 'host', className: 'tabular' },
          { render: (_, one) => one.known && <Tag>{t('discovery.known')}</Tag> },
          {
            align: 'right',
            render: (_, one) => (
              <Button size="small" onClick={() => onAddress(one.addresses[0] ?? one.host)}>
                {t('discovery.look')}
              </Button>
            ),
          },
        ]}
      />
      {more > 0 && <p className={styles.hint}>{t('discovery.more', { number: more })}</p>}
    </>
  );
}
