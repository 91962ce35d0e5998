import { useQuery } from '@tanstack/react-query';
import { Select, Space } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { findScopes, type ScopeKind } from '@/lib/server';

export interface ChosenScope {
  kind: ScopeKind;
  value: string;
}

interface Props {
  value?: ChosenScope;
  onChange?: (scope: ChosenScope) => void;
  /** What "everywhere" is called here: a grant reaches everything, a question asks about nothing in particular. */
  everywhere: string;
}

const KINDS: readonly ScopeKind[] = ['everywhere', 'territory', 'organisation', 'place', 'channel'];

/** A territory, an organisation, a place or a channel, found by name. */
export function ScopeSelect({ value, onChange, everywhere }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const query = useDeferredValue(typed);
  const kind = value?.kind ?? 'everywhere';
  const things = useQuery({
    queryKey: ['scopes', kind, query],
    queryFn: () => (kind === 'everywhere' ? [] : findScopes(kind, query)),
    enabled: kind !== 'everywhere',
  });
  return (
    <Space.Compact block>
      <Select
        style={{ width: 130 }}
        value={kind}
        options={KINDS.map((one) => ({
          value: one,
          label: one === 'everywhere' ? everywhere : t(`permissions.kind.${one}`),
        }))}
        onChange={(chosen) => onChange?.({ kind: chosen, value: '' })}
        aria-label={t('permissions.scope')}
        data-testid="scope-kind"
      />
      {kind !== 'everywhere' && (
        <Select
          showSearch={{ filterOption: false, onSearch: setTyped }}
          style={{ minWidth: 260, flex: 1 }}
          placeholder={t('permissions.find')}
          value={value?.value || null}
          loading={things.isFetching}
          options={(things.data ?? []).map((one) => ({
            value: one.value,
            label: one.within ? `${one.name} · ${one.within}` : one.name,
          }))}
          onChange={(chosen) => chosen && onChange?.({ kind, value: chosen })}
          aria-label={t('permissions.find')}
          data-testid="scope-value"
        />
      )}
    </Space.Compact>
  );
}
