import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SpotKind } from '@/api';
import { inLanguage, type Language, useLanguage } from '@/lib/i18n';
import { listEntries, listKinds, listRegions } from '@/lib/server';
import { ProblemNote } from './ProblemNote';

const FOREVER = Number.POSITIVE_INFINITY;
const FOUND = 30;

/** How a list comes: on its way, or why it did not, where its choices would be. */
function comingOf({ isFetching, error }: UseQueryResult): {
  loading: boolean;
  status?: 'error';
  notFoundContent?: ReactNode;
} {
  if (!error) return { loading: isFetching };
  return { loading: isFetching, status: 'error', notFoundContent: <ProblemNote error={error} /> };
}

interface Chosen {
  value?: string | null;
  onChange?: (code: string) => void;
  id?: string;
  'aria-label'?: string;
}

/** A division of the country by name or code. */
export function RegionSelect({ onChange, ...rest }: Chosen) {
  const { t } = useTranslation();
  const language = useLanguage();
  const regions = useQuery({ queryKey: ['regions'], queryFn: listRegions, staleTime: FOREVER });
  const options = (regions.data ?? []).map((region) => ({
    value: region.code,
    label: `${inLanguage(region, language)} ${region.code}`,
    search: `${region.zh} ${region.en} ${region.code}`,
  }));
  return (
    <Select
      {...rest}
      style={{ width: '100%' }}
      onChange={(code) => code && onChange?.(code)}
      options={options}
      {...comingOf(regions)}
      showSearch={{ optionFilterProp: 'search' }}
      placeholder={t('cameras.chooseRegion')}
    />
  );
}

interface Named {
  id: string;
  name: string;
}

interface EntryProps {
  kind: 'organisation' | 'place';
  value?: string | null;
  onChange?: (id: string | null) => void;
  known?: Named | null;
  'aria-label'?: string;
  id?: string;
}

/** An organisation or a place, looked for on the server: there may be thousands. */
export function EntrySelect({ kind, value, onChange, known, ...rest }: EntryProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const found = useQuery({
    queryKey: ['registry', 'choose', kind, words],
    queryFn: () => listEntries(words, [kind], '', null, FOUND),
    // What was found before stays under the pointer until the new answer is there.
    placeholderData: keepPreviousData,
  });
  const options = (found.data?.items ?? []).map((entry) => ({
    value: entry.id,
    label: [...entry.above, entry.name].join(' / '),
  }));
  if (known && !words && !options.some((option) => option.value === known.id)) {
    options.unshift({ value: known.id, label: known.name });
  }
  return (
    <Select
      {...rest}
      style={{ width: '100%' }}
      allowClear
      value={value ?? null}
      onChange={(id: string | undefined) => onChange?.(id ?? null)}
      options={options}
      {...comingOf(found)}
      showSearch={{ filterOption: false, onSearch: setWords }}
      placeholder={t('registry.choose')}
    />
  );
}

interface KindProps {
  mode?: 'multiple';
  id?: string;
  value?: string | null;
  onChange?: (code: string) => void;
  /** Without the choice that nobody knows yet. */
  classified?: boolean;
  /** What a camera looks at comes before where it stands. */
  spotsFirst?: boolean;
  placeholder?: string;
  'aria-label'?: string;
}

/** Kinds of places and spots, as the texts name them. */
export function KindSelect({ classified = false, spotsFirst = false, onChange, ...props }: KindProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const kinds = useQuery({ queryKey: ['registry', 'kinds'], queryFn: listKinds, staleTime: FOREVER });
  const options: Option[] = inGroups(kinds.data ?? [], language, spotsFirst);
  if (!props.mode && !classified && !kinds.error)
    options.unshift({ value: 'unclassified', label: t('registry.spot.unclassified'), search: '' });
  return (
    <Select
      placeholder={t('law.ask.kind')}
      {...props}
      style={{ width: '100%' }}
      onChange={(code) => code && onChange?.(code)}
      options={options}
      showSearch={{ optionFilterProp: 'search' }}
      {...comingOf(kinds)}
    />
  );
}

interface Option {
  value?: string;
  label: string;
  search?: string;
  options?: Option[];
}

function inGroups(kinds: SpotKind[], language: Language, spotsFirst: boolean): Option[] {
  const groups = new Map(kinds.map(({ group }) => [group.code, group]));
  const spots = groups.get(SPOTS);
  const rest = [...groups.values()].filter((group) => group !== spots);
  const ordered = spots ? (spotsFirst ? [spots, ...rest] : [...rest, spots]) : rest;
  return ordered.map((group) => ({
    label: inLanguage(group, language),
    options: kinds.filter((kind) => kind.group.code === group.code).map((kind) => optionOf(kind, language)),
  }));
}

const SPOTS = 'spots';

const optionOf = (kind: SpotKind, language: Language): Option => ({
  value: kind.code,
  label: inLanguage(kind, language),
  search: `${kind.zh} ${kind.en} ${kind.code}`,
});
