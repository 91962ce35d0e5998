import { Button, type TableColumnsType, Tag } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { SignIn } from '@/api';
import { DataTable } from '@/components/page/DataTable';
import { dateTimeOf, microsOf } from '@/lib/time';

/** Where somebody is signed in: address, browser, since when and used when; and the way to end one. */
export function SignInList({
  items,
  loading,
  failed,
  onEnd,
}: {
  items: SignIn[];
  loading: boolean;
  failed: boolean;
  onEnd?: (signIn: SignIn) => void;
}) {
  const { t } = useTranslation();
  const columns = useMemo<TableColumnsType<SignIn>>(
    () => [
      {
        title: t('signIns.device'),
        render: (_value, one) => (
          <>
            <span className="tabular">{one.address}</span> {one.this && <Tag color="warning">{t('signIns.this')}</Tag>}
            {one.duty && <Tag>{t('signIns.duty')}</Tag>}
            <div style={{ fontSize: 12, color: 'var(--muted)' }}>{one.agent || t('signIns.unknownBrowser')}</div>
          </>
        ),
      },
      {
        title: t('signIns.since'),
        width: 180,
        render: (_value, one) => <span className="tabular">{dateTimeOf(microsOf(one.signed_in_at))}</span>,
      },
      {
        title: t('signIns.seen'),
        width: 180,
        render: (_value, one) => <span className="tabular">{dateTimeOf(microsOf(one.seen_at))}</span>,
      },
      ...(onEnd
        ? [
            {
              title: t('cameras.actions'),
              width: 110,
              align: 'end' as const,
              render: (_value: unknown, one: SignIn) =>
                !one.this && (
                  <Button size="small" onClick={() => onEnd(one)} data-testid="end-sign-in">
                    {t('signIns.end')}
                  </Button>
                ),
            },
          ]
        : []),
    ],
    [t, onEnd],
  );
  return (
    <DataTable
      sticky={false}
      rowKey="id"
      size="small"
      loading={loading}
      failed={failed}
      empty={t('signIns.none')}
      columns={columns}
      dataSource={items}
      pagination={false}
      data-testid="sign-ins"
    />
  );
}
