import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { useAccounts } from '@/lib/people';

interface Props {
  value?: string | undefined;
  onChange?: (id: string) => void;
  without?: string;
  /** Programs too: they can be given a scope. */
  programs?: boolean;
  id?: string;
}

/** One of the people, found by name. */
export function PersonSelect({ value, onChange, without, programs = false, id }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const people = useAccounts(programs);
  const options = people.data
    .filter((one) => one.id !== without && one.disabled_at === null)
    .map((one) => ({
      value: one.id,
      label: `${one.display_name} (${one.login_name}) · ${inLanguage(one.role, language)}`,
    }));
  return (
    <Select
      {...(id && { id })}
      showSearch={{ optionFilterProp: 'label' }}
      placeholder={t('permissions.person')}
      style={{ minWidth: 260, width: '100%' }}
      options={options}
      value={value ?? null}
      onChange={(chosen) => chosen && onChange?.(chosen)}
      loading={people.isPending}
      aria-label={t('permissions.person')}
    />
  );
}
