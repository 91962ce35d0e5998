import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import type { PlaceDetails, PlaceForm } from '@/api';
import { Loading } from '@/components/Loading';
import { ProblemNote } from '@/components/ProblemNote';
import { EntrySelect, KindSelect } from '@/components/RegistrySelects';
import { standing } from '@/lib/problem';
import { addPlace, changePlace, getPlace, givePlaceRole } from '@/lib/server';
import { may, usePerson } from '@/lib/session';
import { type PositionFields, PositionInputs, positionOf, RegionField } from './Fields';
import { Roles } from './Roles';
import styles from './registry.module.css';
import { Signs } from './Signs';
import { Spots } from './Spots';
import { useSaving } from './useSaving';

interface Props {
  id: string | null;
  unit: { id: string; name: string } | null;
  region: string | null;
  onDone: (id: string) => void;
}

/** One place with what is looked at in it, its signs and who has which role; or a new one. */
export function PlaceDetailsPane({ id, unit, region, onDone }: Props) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ['registry', 'place', id],
    queryFn: () => getPlace(id as string),
    enabled: id !== null,
  });
  if (id === null) return <PlaceFields known={null} unit={unit} region={region} onDone={onDone} />;
  const place = standing(found);
  if (!place) return <Loading error={found.error} />;
  return (
    <Tabs
      destroyOnHidden
      items={[
        {
          key: 'basics',
          label: t('registry.place.basics'),
          children: <PlaceFields known={place} unit={unit} region={region} onDone={onDone} />,
        },
        {
          key: 'spots',
          label: `${t('registry.spot.title')} ${place.spots.length}`,
          children: <Spots placeId={place.place.id} spots={place.spots} />,
        },
        {
          key: 'signs',
          label: `${t('registry.sign.title')} ${place.signs.length}`,
          children: <Signs placeId={place.place.id} signs={place.signs} />,
        },
        {
          key: 'roles',
          label: t('registry.roles.title'),
          children: <Roles roles={place.roles} onGive={(body) => givePlaceRole(place.place.id, body)} />,
        },
      ]}
    />
  );
}

type Fields = Omit<PlaceForm, 'position'> & PositionFields;

function PlaceFields({ known, unit, region, onDone }: Omit<Props, 'id'> & { known: PlaceDetails | null }) {
  const { t } = useTranslation();
  const manages = may(usePerson(), 'registry.manage');
  const save = useSaving(
    ({ longitude, latitude, datum, ...form }: Fields) => {
      const body: PlaceForm = { ...form, position: positionOf({ longitude, latitude, datum } as PositionFields) };
      return known ? changePlace(known.place.id, body) : addPlace(body);
    },
    (saved) => onDone(saved.place.id),
  );
  const owner = known?.organisation_id ? { id: known.organisation_id, name: known.organisation ?? '' } : unit;
  const required = { required: true, whitespace: true, message: t('form.required') };
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      disabled={!manages}
      initialValues={
        known ? fieldsOf(known) : { organisation_id: unit?.id, region_code: region ?? undefined, kinds: [] }
      }
      onFinish={save.mutate}
    >
      <Form.Item name="name" label={t('registry.place.name')} rules={[required]}>
        <Input maxLength={100} />
      </Form.Item>
      <Form.Item name="organisation_id" label={t('registry.place.unit')}>
        <EntrySelect kind="organisation" known={owner} />
      </Form.Item>
      <RegionField />
      <Form.Item name="address" label={t('registry.place.address')}>
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="kinds" label={t('registry.place.kinds')} extra={t('registry.place.kindsHint')}>
        <KindSelect mode="multiple" />
      </Form.Item>
      <PositionInputs />
      <ProblemNote error={save.error} />
      {manages && (
        <div className={styles.actions}>
          <Button type="primary" htmlType="submit" loading={save.isPending} data-testid="save-place">
            {t('registry.save')}
          </Button>
        </div>
      )}
    </Form>
  );
}

function fieldsOf({ place, organisation_id, kinds }: PlaceDetails): Fields {
  const { name, address, region_code, longitude, latitude } = place;
  const where = { longitude: longitude ?? null, latitude: latitude ?? null };
  return { name, address: address ?? '', region_code, organisation_id, kinds, ...where };
}
