import { CheckOutlined, EnvironmentOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Table as AntTable, type TableColumnsType, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { PermissionRow } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { readPermissionTable } from '@/lib/server';
import styles from './PermissionsPage.module.css';
import { TABLE_KEY } from './queries';

/** Every role and every permission: what is not marked is refused. */
export function Table() {
  const { t } = useTranslation();
  const language = useLanguage();
  const table = useQuery({
    queryKey: TABLE_KEY,
    queryFn: readPermissionTable,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const columns: TableColumnsType<PermissionRow> = [
    {
      title: t('permissions.table.act'),
      width: 300,
      fixed: 'left',
      render: (_value, row) => (
        <span className={styles.two}>
          <span>
            {inLanguage(row, language)}{' '}
            {row.scoped && (
              <Tooltip title={t('permissions.table.scoped')}>
                <EnvironmentOutlined className={styles.below} aria-label={t('permissions.table.scoped')} />
              </Tooltip>
            )}
          </span>
          <span className={styles.below}>{row.code}</span>
        </span>
      ),
    },
    ...(table.data?.roles ?? []).map((role) => ({
      key: role.code,
      title: inLanguage(role, language),
      width: 124,
      render: (_value: unknown, row: PermissionRow) =>
        row.roles.includes(role.code) ? (
          <CheckOutlined className={styles.yes} aria-label={t('permissions.table.yes')} />
        ) : null,
    })),
  ];
  return (
    <>
      <header className={styles.head}>
        <p>{t('permissions.table.text')}</p>
      </header>
      <ProblemNote error={table.error} />
      {table.isPending && <Loading />}
      {table.data && (
        <AntTable
          className={styles.table ?? ''}
          rowKey="code"
          size="small"
          columns={columns}
          dataSource={table.data.permissions}
          pagination={false}
          scroll={{ x: 1440 }}
          // What scrolls is reached by keys.
          onRow={() => ({ tabIndex: 0 })}
          data-testid="permission-table"
        />
      )}
    </>
  );
}
