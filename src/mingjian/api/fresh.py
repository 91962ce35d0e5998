"""Acts that need a fresh proof of who acts, and acts that stay possible at a locked duty place: two tables.

Both are asked by `deps.Requires` for each request; names are those of the description (OpenAPI), of a WebSocket that of
its function. A test holds that each of them is a route.
"""

from typing import Final

FRESH: Final = frozenset(
    {
        # who may get in, and as what
        "addPerson",
        "disablePerson",
        "enablePerson",
        "changeRole",
        "renewInvite",
        "resetFactor",
        "endSignInsOf",
        "proposeAdministration",
        "confirmAdministration",
        # what lets the own account in
        "beginFactor",
        "removeFactor",
        "renewRecoveryCodes",
        "setPin",
        # what lets programs and places in
        "addProgram",
        "disableProgram",
        "issueToken",
        "addDutyPlace",
        "endDutyPlace",
        # who reaches what
        "giveGrant",
        "appointDeputy",
        # footage that leaves the system
        "createClip",
        "openStream",
        # who answers for a post from now on
        "submitHandover",
        "confirmHandover",
        # what footage is kept for
        "liftHold",
        "endTerm",
    }
)

WHILE_LOCKED: Final = frozenset(
    {
        "session",
        "ownState",
        "signOut",
        "prove",
        "takeOver",
        "setLanguage",
        "ownPreference",
        "listChannels",
        "openView",  # live alone: see `views.open_view`
        "closeView",
        "live",
        "events",
        "still",
    }
)
