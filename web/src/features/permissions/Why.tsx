import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PersonSelect } from '@/components/PersonSelect';
import { ProblemNote } from '@/components/ProblemNote';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { askWhy, readPermissionTable } from '@/lib/server';
import styles from './PermissionsPage.module.css';
import { TABLE_KEY } from './queries';
import { type ChosenScope, ScopeSelect } from './ScopeSelect';

/** Why may this person see this? The chain of role, grant, scope, deputy and time; or what is missing. */
export function Why() {
  const { t } = useTranslation();
  const language = useLanguage();
  const [person, setPerson] = useState<string>();
  const [permission, setPermission] = useState('live.view');
  const [scope, setScope] = useState<ChosenScope>({ kind: 'channel', value: '' });
  const table = useQuery({ queryKey: TABLE_KEY, queryFn: readPermissionTable, staleTime: Number.POSITIVE_INFINITY });
  const complete = person !== undefined && (scope.kind === 'everywhere' || scope.value !== '');
  const why = useQuery({
    queryKey: ['why', person, permission, scope],
    queryFn: () => askWhy(person ?? '', permission, scope),
    enabled: complete,
  });
  return (
    <>
      <div className={styles.ask}>
        <span style={{ width: 300 }}>
          <PersonSelect value={person} onChange={(id) => setPerson(id ?? undefined)} />
        </span>
        <Select
          showSearch={{ optionFilterProp: 'label' }}
          style={{ width: 300 }}
          value={permission}
          options={(table.data?.permissions ?? []).map((row) => ({
            value: row.code,
            label: inLanguage(row, language),
          }))}
          onChange={setPermission}
          aria-label={t('permissions.table.act')}
          data-testid="why-permission"
        />
        <span style={{ width: 420 }}>
          <ScopeSelect value={scope} onChange={setScope} everywhere={t('permissions.anywhere')} />
        </span>
      </div>
      <ProblemNote error={table.error ?? why.error} />
      {!complete && <p className={styles.below}>{t('permissions.why.text')}</p>}
      {why.data && (
        <ol className={styles.steps} data-testid="why" data-allowed={why.data.allowed}>
          {why.data.steps.map((step) => (
            <li
              key={`${step.kind}-${step.depth}-${step.en}`}
              className={styles.step}
              style={{ paddingLeft: step.depth * 28 }}
              data-kind={step.kind}
            >
              {step.holds ? (
                <CheckCircleFilled className={styles.good} aria-label={t('permissions.why.holds')} />
              ) : (
                <CloseCircleFilled className={styles.bad} aria-label={t('permissions.why.missing')} />
              )}
              <span>{inLanguage(step, language)}</span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
