"""What cameras answer, written after what makers' cameras are known to send; the source of each is named.

No byte is taken from a capture: shapes, spellings and mistakes are, as public reports and the standard describe them.
"""

from typing import Final

ENVELOPE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
    ' xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl"'
    ' xmlns:timg="http://www.onvif.org/ver20/imaging/wsdl" xmlns:tev="http://www.onvif.org/ver10/events/wsdl"'
    ' xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:wsa5="http://www.w3.org/2005/08/addressing"'
    ' xmlns:wstop="http://docs.oasis-open.org/wsn/t-1" xmlns:tns1="http://www.onvif.org/ver10/topics"'
    ' xmlns:ter="http://www.onvif.org/ver10/error" xmlns:tnshik="http://www.hikvision.com/2011/event/topics"'
    ' xmlns:tnsaxis="http://www.axis.com/2009/event/topics" xmlns:dom0="http://www.axis.com/2009/event">'
    "<env:Body>{body}</env:Body></env:Envelope>"
)


def enveloped(body: str) -> bytes:
    return ENVELOPE.replace("{body}", body).encode()


def fault(reason: str, *subcodes: str, detail: str = "") -> bytes:
    """ONVIF Core section 5.9.2: subcodes inside one another."""
    inside = ""
    for code in reversed(subcodes):
        inside = f"<env:Subcode><env:Value>{code}</env:Value>{inside}</env:Subcode>"
    return enveloped(
        f"<env:Fault><env:Code><env:Value>env:Sender</env:Value>{inside}</env:Code>"
        f'<env:Reason><env:Text xml:lang="en">{reason}</env:Text></env:Reason>'
        f"{f'<env:Detail>{detail}</env:Detail>' if detail else ''}</env:Fault>"
    )


def time_of(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>CST-8</tt:TZ></tt:TimeZone>"
        f"<tt:UTCDateTime><tt:Time><tt:Hour>{hour}</tt:Hour><tt:Minute>{minute}</tt:Minute>"
        f"<tt:Second>{second}</tt:Second></tt:Time><tt:Date><tt:Year>{year}</tt:Year><tt:Month>{month}</tt:Month>"
        f"<tt:Day>{day}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


INFORMATION: Final = (
    "<tds:GetDeviceInformationResponse><tds:Manufacturer>Maker</tds:Manufacturer><tds:Model>IPC-1</tds:Model>"
    "<tds:FirmwareVersion>V5.7.3 build 220112</tds:FirmwareVersion><tds:SerialNumber>0123</tds:SerialNumber>"
    "<tds:HardwareId>88</tds:HardwareId></tds:GetDeviceInformationResponse>"
)
SCOPES: Final = (
    "<tds:GetScopesResponse>"
    "<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>onvif://www.onvif.org/Profile/Streaming</tt:ScopeItem>"
    "</tds:Scopes><tds:Scopes><tt:ScopeItem>onvif://www.onvif.org/Profile/T</tt:ScopeItem></tds:Scopes>"
    "<tds:Scopes><tt:ScopeItem>onvif://www.onvif.org/name/%E5%8D%97%E9%97%A8%20No.1</tt:ScopeItem></tds:Scopes>"
    "<tds:Scopes><tt:ScopeItem>onvif://www.onvif.org/location/country/china</tt:ScopeItem></tds:Scopes>"
    "<tds:Scopes><tt:ScopeItem>onvif://www.onvif.org/hardware/IPC-1</tt:ScopeItem></tds:Scopes>"
    "<tds:Scopes><tt:ScopeItem>http:123</tt:ScopeItem></tds:Scopes></tds:GetScopesResponse>"
)


def services(base: str, names: tuple[str, ...]) -> str:
    known = {
        "device": ("http://www.onvif.org/ver10/device/wsdl", "device_service"),
        "media": ("http://www.onvif.org/ver10/media/wsdl", "Media"),
        "media2": ("http://www.onvif.org/ver20/media/wsdl", "Media2"),
        "ptz": ("http://www.onvif.org/ver20/ptz/wsdl", "PTZ"),
        "imaging": ("http://www.onvif.org/ver20/imaging/wsdl", "Imaging"),
        "events": ("http://www.onvif.org/ver10/events/wsdl", "Events"),
        "analytics": ("http://www.onvif.org/ver20/analytics/wsdl", "Analytics"),
    }
    listed = "".join(
        f"<tds:Service><tds:Namespace>{known[name][0]}</tds:Namespace><tds:XAddr>{base}/onvif/{known[name][1]}</tds:XAddr>"
        "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
        for name in names
    )
    return f"<tds:GetServicesResponse>{listed}</tds:GetServicesResponse>"


def capabilities(base: str) -> str:
    """Cameras of Profile S before GetServices: Core section 8.1.2.3."""
    listed = "".join(
        f"<tt:{name}><tt:XAddr>{base}/onvif/{name.lower()}</tt:XAddr></tt:{name}>"
        for name in ("Analytics", "Device", "Events", "Imaging", "Media", "PTZ")
    )
    return f"<tds:GetCapabilitiesResponse><tds:Capabilities>{listed}</tds:Capabilities></tds:GetCapabilitiesResponse>"


def profile(
    token: str, width: int, height: int, *, codec: str = "H264", source: str = "VideoSource_1", audio: str = "G711"
) -> str:
    """Media, as Hikvision writes it: the token `Profile_1`, the names `mainStream` and `subStream`."""
    return (
        f'<trt:Profiles token="{token}" fixed="true"><tt:Name>{token}</tt:Name>'
        f'<tt:VideoSourceConfiguration token="VideoSourceToken"><tt:Name>VideoSourceConfig</tt:Name>'
        f"<tt:SourceToken>{source}</tt:SourceToken></tt:VideoSourceConfiguration>"
        f'<tt:VideoEncoderConfiguration token="Encoder_{token}" encoding="{codec}"><tt:Encoding>{codec}</tt:Encoding>'
        f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution>"
        "<tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>"
        f"<tt:BitrateLimit>{width * 2}</tt:BitrateLimit></tt:RateControl></tt:VideoEncoderConfiguration>"
        f'<tt:AudioEncoderConfiguration token="A1"><tt:Encoding>{audio}</tt:Encoding></tt:AudioEncoderConfiguration>'
        '<tt:PTZConfiguration token="PTZ1"><tt:NodeToken>PTZNODE</tt:NodeToken></tt:PTZConfiguration></trt:Profiles>'
    )


def profiles(*listed: str) -> str:
    return f"<trt:GetProfilesResponse>{''.join(listed)}</trt:GetProfilesResponse>"


def profile2(token: str, width: int, height: int, *, codec: str = "H265", source: str = "VideoSource_1") -> str:
    """Media2: configurations under one roof, the rate a decimal fraction, the codec of sound as in SDP."""
    return (
        f'<tr2:Profiles token="{token}" fixed="true"><tr2:Name>{token}</tr2:Name><tr2:Configurations>'
        f'<tr2:VideoSource token="V1"><tt:Name>V</tt:Name><tt:SourceToken>{source}</tt:SourceToken></tr2:VideoSource>'
        f'<tr2:VideoEncoder token="E{token}" GovLength="50" Profile="Main"><tt:Encoding>{codec}</tt:Encoding>'
        f"<tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution>"
        '<tt:RateControl ConstantBitRate="false"><tt:FrameRateLimit>25.000000</tt:FrameRateLimit>'
        f"<tt:BitrateLimit>{width}</tt:BitrateLimit></tt:RateControl></tr2:VideoEncoder>"
        '<tr2:AudioEncoder token="A1"><tt:Encoding>MP4A-LATM</tt:Encoding></tr2:AudioEncoder>'
        "</tr2:Configurations></tr2:Profiles>"
    )


def profiles2(*listed: str) -> str:
    return f"<tr2:GetProfilesResponse>{''.join(listed)}</tr2:GetProfilesResponse>"


def subscribed(address: str, *, seconds: int = 300, parameters: str = "") -> str:
    wrapped = f"<wsa5:ReferenceParameters>{parameters}</wsa5:ReferenceParameters>" if parameters else ""
    return (
        "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
        f"<wsa5:Address>{address}</wsa5:Address>{wrapped}</tev:SubscriptionReference>"
        "<wsnt:CurrentTime>1970-01-01T00:10:00Z</wsnt:CurrentTime>"
        f"<wsnt:TerminationTime>1970-01-01T00:{10 + seconds // 60:02d}:{seconds % 60:02d}Z</wsnt:TerminationTime>"
        "</tev:CreatePullPointSubscriptionResponse>"
    )


def renewed(seconds: int) -> str:
    return (
        "<wsnt:RenewResponse><wsnt:TerminationTime>"
        f"1970-01-01T00:{10 + seconds // 60:02d}:{seconds % 60:02d}Z</wsnt:TerminationTime>"
        "<wsnt:CurrentTime>1970-01-01T00:10:00Z</wsnt:CurrentTime></wsnt:RenewResponse>"
    )


def message(topic: str, source: dict[str, str], data: dict[str, str], *, operation: str = "Changed") -> str:
    def items(values: dict[str, str]) -> str:
        return "".join(f'<tt:SimpleItem Name="{name}" Value="{value}"/>' for name, value in values.items())

    return (
        '<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">'
        f"{topic}</wsnt:Topic><wsnt:Message>"
        f'<tt:Message UtcTime="2026-11-21T09:00:00Z" PropertyOperation="{operation}">'
        f"<tt:Source>{items(source)}</tt:Source><tt:Data>{items(data)}</tt:Data></tt:Message>"
        "</wsnt:Message></wsnt:NotificationMessage>"
    )


def pulled(*messages: str) -> str:
    return (
        "<tev:PullMessagesResponse><tev:CurrentTime>2026-11-21T09:00:01Z</tev:CurrentTime>"
        f"<tev:TerminationTime>2026-11-21T09:05:00Z</tev:TerminationTime>{''.join(messages)}</tev:PullMessagesResponse>"
    )


# A camera with analytics: motion and inputs among faces and people. Axis nests its own steps in ONVIF's.
TOPICS: Final = (
    "<tev:GetEventPropertiesResponse><wsnt:FixedTopicSet>true</wsnt:FixedTopicSet><wstop:TopicSet>"
    '<tns1:VideoSource><MotionAlarm wstop:topic="true"><tt:MessageDescription IsProperty="true"><tt:Data>'
    '<tt:SimpleItemDescription Name="State" Type="xs:boolean"/></tt:Data></tt:MessageDescription></MotionAlarm>'
    '<ImageTooBlurry><AnalyticsService wstop:topic="true"/></ImageTooBlurry></tns1:VideoSource>'
    '<tns1:RuleEngine><CellMotionDetector><Motion wstop:topic="true"/><People wstop:topic="true"/></CellMotionDetector>'
    '<FaceDetector><Face wstop:topic="true"/></FaceDetector>'
    '<MyRuleDetector><PeopleDetect wstop:topic="true"/><VehicleDetect wstop:topic="true"/></MyRuleDetector>'
    "</tns1:RuleEngine>"
    '<tns1:Device><Trigger><DigitalInput wstop:topic="true"/><tnshik:AlarmIn wstop:topic="true"/></Trigger>'
    '<tnsaxis:IO><Port wstop:topic="true"/></tnsaxis:IO></tns1:Device>'
    "</wstop:TopicSet></tev:GetEventPropertiesResponse>"
)


def matching(
    relates: str, addresses: str, *, endpoint: str = "urn:uuid:1419d68a-1dd2-11b2-a105-000000000001", name: str = "A"
) -> bytes:
    """An answer as gSOAP writes it: several matches could stand in one."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><SOAP-ENV:Header>'
        f"<wsa:RelatesTo>{relates}</wsa:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>"
        f"<wsa:EndpointReference><wsa:Address>{endpoint}</wsa:Address></wsa:EndpointReference>"
        "<d:Types>dn:NetworkVideoTransmitter</d:Types>"
        f"<d:Scopes>onvif://www.onvif.org/name/{name} onvif://www.onvif.org/hardware/H1"
        " onvif://www.onvif.org/location/city/%E8%85%BE%E5%86%B2</d:Scopes>"
        f"<d:XAddrs>{addresses}</d:XAddrs><d:MetadataVersion>10</d:MetadataVersion>"
        "</d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode()
