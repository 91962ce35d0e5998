import { Select } from 'antd';
import { type UIEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api';
import { useChannelPages, useChannelsOf } from '@/lib/channels';
import { useSettled } from '@/lib/settled';

interface Shared {
  id?: string;
  className?: string;
  'aria-label'?: string;
  'data-testid'?: string;
}

interface OneProps extends Shared {
  value?: string | null;
  onChange?: (id: string) => void;
}

interface ManyProps extends Shared {
  value?: string[];
  onChange?: (ids: string[]) => void;
  most: number;
}

/** One channel, looked for on the server: there may be very many. */
export function ChannelSelect({ value, onChange, ...rest }: OneProps) {
  const search = useSearch(value ? [value] : []);
  return <Select {...rest} {...search} value={value ?? null} onChange={(id) => id && onChange?.(id)} />;
}

/** Several channels. */
export function ChannelsSelect({ value = [], onChange, most, ...rest }: ManyProps) {
  const search = useSearch(value);
  return (
    <Select {...rest} {...search} mode="multiple" maxCount={most} value={value} onChange={(ids) => onChange?.(ids)} />
  );
}

function useSearch(chosen: string[]) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const pages = useChannelPages(useSettled(typed.trim(), 250));
  const known = useChannelsOf(chosen);
  const listed = pages.items ?? [];
  // What is chosen keeps its name when the search does not find it, and when it is out of use.
  const others = chosen.filter((id) => !listed.some((one) => one.id === id));
  const name = (one: Channel) =>
    `${one.name} · ${one.place.name}${one.state === 'retired' ? ` (${t('channelState.retired')})` : ''}`;
  const others_ = others.map((id) => {
    const one = known.get(id);
    return { value: id, label: one ? name(one) : t('playback.unlisted') };
  });
  return {
    options: [...(typed ? [] : others_), ...listed.map((one) => ({ value: one.id, label: name(one) }))],
    placeholder: t('playback.chooseChannel'),
    loading: pages.isFetching && pages.items === undefined,
    showSearch: { filterOption: false, onSearch: setTyped } as const,
    onPopupScroll: ({ currentTarget: list }: UIEvent<HTMLDivElement>) => {
      if (list.scrollTop + 2 * list.clientHeight > list.scrollHeight) pages.loadMore();
    },
  };
}
