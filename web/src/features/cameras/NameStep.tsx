import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '@/components/ProblemNote';
import { KindSelect } from '@/components/RegistrySelects';
import { inLanguage, useLanguage } from '@/lib/i18n';
import { findPlaces, listRegions } from '@/lib/server';
import { useSettled } from '@/lib/settled';
import { type CameraForm, NEW_PLACE } from './draft';

/** The name of the channel, the place it stands at and the spot it looks at. */
export function NameStep() {
  const { t } = useTranslation();
  const required = { required: true, whitespace: true, message: t('form.required') };
  return (
    <>
      <Form.Item name="name" label={t('cameras.name')} rules={[required]}>
        <Input maxLength={64} placeholder={t('cameras.nameExample')} />
      </Form.Item>
      <PlaceFields />
      <Form.Item name="spot" label={t('cameras.spot')} extra={t('cameras.spotHint')} rules={[required]}>
        <Input maxLength={64} placeholder={t('cameras.spotExample')} />
      </Form.Item>
      <Form.Item name="kind" label={t('registry.spot.kind')} extra={t('registry.spot.kindHint')}>
        <KindSelect spotsFirst />
      </Form.Item>
    </>
  );
}

function PlaceFields() {
  const { t } = useTranslation();
  const form = Form.useFormInstance<CameraForm>();
  const [typed, setTyped] = useState('');
  const words = useSettled(typed.trim(), 250);
  const places = useQuery({
    queryKey: ['places', words],
    queryFn: () => findPlaces(words),
    placeholderData: keepPreviousData,
  });
  const chosen = Form.useWatch('place', form);
  const fresh = { value: NEW_PLACE, label: t('cameras.newPlace') };
  const found = (places.data ?? []).map((place) => ({
    value: place.id,
    label: [place.name, place.address].filter(Boolean).join(' · '),
  }));
  // Enter takes the first: who typed a name means one that there is.
  const options = typed.trim() ? [...found, fresh] : [fresh, ...found];
  return (
    <>
      <ProblemNote error={places.error} />
      <Form.Item name="place" label={t('cameras.placeLabel')} rules={[{ required: true, message: t('form.required') }]}>
        <Select
          loading={places.isPending}
          options={options}
          showSearch={{ filterOption: false, onSearch: setTyped }}
          placeholder={t('cameras.choosePlace')}
        />
      </Form.Item>
      {chosen === NEW_PLACE && <NewPlace />}
    </>
  );
}

function NewPlace() {
  const { t } = useTranslation();
  const language = useLanguage();
  const regions = useQuery({ queryKey: ['regions'], queryFn: listRegions, staleTime: Number.POSITIVE_INFINITY });
  const required = { required: true, whitespace: true, message: t('form.required') };
  const options = (regions.data ?? []).map((region) => ({
    value: region.code,
    label: `${inLanguage(region, language)} ${region.code}`,
    search: `${region.zh} ${region.en} ${region.code}`,
  }));
  return (
    <>
      <ProblemNote error={regions.error} />
      <Form.Item name="placeName" label={t('cameras.placeName')} rules={[required]}>
        <Input maxLength={64} placeholder={t('cameras.placeNameExample')} />
      </Form.Item>
      <Form.Item
        name="region"
        label={t('cameras.region')}
        extra={t('cameras.regionHint')}
        rules={[{ required: true, message: t('form.required') }]}
      >
        <Select
          loading={regions.isPending}
          options={options}
          showSearch={{ optionFilterProp: 'search' }}
          placeholder={t('cameras.chooseRegion')}
        />
      </Form.Item>
      <Form.Item name="placeAddress" label={t('cameras.address')} rules={[required]}>
        <Input maxLength={200} placeholder={t('cameras.addressExample')} />
      </Form.Item>
    </>
  );
}
