import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { usePeople } from '@/lib/people';

interface Props {
  value?: string | undefined;
  onChange?: (id: string) => void;
  without?: string;
  id?: string;
}

/** One of the people, found by name. */
export function PersonSelect({ value, onChange, without, id }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const people = usePeople();
  const options = (people.data ?? [])
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
