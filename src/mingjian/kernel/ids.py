"""Identifiers: UUIDv7 inside, codes of the outside world as attributes, never as keys."""

import secrets
from typing import NewType
from uuid import UUID

PersonId = NewType("PersonId", UUID)
OrganisationId = NewType("OrganisationId", UUID)
PlaceId = NewType("PlaceId", UUID)
SpotId = NewType("SpotId", UUID)
SignId = NewType("SignId", UUID)
SystemId = NewType("SystemId", UUID)
DesignationId = NewType("DesignationId", UUID)
LawDecisionId = NewType("LawDecisionId", UUID)
StatutoryRoleId = NewType("StatutoryRoleId", UUID)
DeviceId = NewType("DeviceId", UUID)
ChannelId = NewType("ChannelId", UUID)
VolumeId = NewType("VolumeId", UUID)
VolumeGroupId = NewType("VolumeGroupId", UUID)
SegmentId = NewType("SegmentId", UUID)
GapId = NewType("GapId", UUID)
ViewId = NewType("ViewId", UUID)
JobId = NewType("JobId", UUID)
CheckId = NewType("CheckId", UUID)
DamageId = NewType("DamageId", UUID)
MarkId = NewType("MarkId", UUID)


def new_id(now_us: int) -> UUID:
    """A UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 random bits.

    `now_us` is wall time in microseconds since the Unix epoch.
    """
    value = (now_us // 1000 & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
