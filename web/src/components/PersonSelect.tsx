import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { type Account, useFoundAccounts } from '@/lib/people';
import { useSettled } from '@/lib/settled';

interface Props {
  value?: string | null | undefined;
  onChange?: (id: string | null) => void;
  without?: string;
  /** Programs too: they can be given a scope. */
  programs?: boolean;
  /** Also those that are not let in any more: what they did is still asked for. */
  disabled?: boolean;
  allowClear?: boolean;
  fits?: (one: Account) => boolean;
  label?: string;
  empty?: string;
  width?: number | string;
  id?: string;
}

/** One of the people, looked for on the server by name or number: there may be thousands. */
export function PersonSelect({ value, onChange, without, id, label, empty, width = '100%', ...props }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<{ value: string; label: string } | null>(null);
  const people = useFoundAccounts(useSettled(typed.trim(), 250), props.programs, !props.disabled);
  const options = (people.data ?? [])
    .filter((one) => one.id !== without && (props.fits?.(one) ?? true))
    .map((one) => ({
      value: one.id,
      label: `${one.display_name} (${one.login_name}) · ${inLanguage(one.role, language)}`,
    }));
  // Whoever was chosen keeps the name when another search does not find it.
  const missing = chosen && chosen.value === value && !options.some((one) => one.value === value) ? [chosen] : [];
  return (
    <Select
      {...(id && { id })}
      showSearch={{ filterOption: false, onSearch: setTyped }}
      allowClear={props.allowClear ?? false}
      placeholder={label ?? t('permissions.person')}
      style={{ minWidth: 200, width }}
      options={[...missing, ...options]}
      value={value ?? null}
      onChange={(next: string | null | undefined) => {
        setChosen(options.find((one) => one.value === next) ?? null);
        if (next || props.allowClear) onChange?.(next ?? null);
      }}
      loading={people.isPending}
      notFoundContent={empty}
      aria-label={label ?? t('permissions.person')}
    />
  );
}
