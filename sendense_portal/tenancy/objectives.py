"""How old the newest restore point may be (RPO): what customers, and flows of theirs, can choose from.

A handful and not any number, so that a database compares ages without computing with intervals.
"""

from django.utils.translation import gettext_lazy as _

DEFAULT_HOURS = 24
HOURS = [
    (1, _("1 hour")),
    (2, _("2 hours")),
    (4, _("4 hours")),
    (8, _("8 hours")),
    (12, _("12 hours")),
    (24, _("24 hours")),
    (48, _("2 days")),
    (72, _("3 days")),
    (168, _("1 week")),
    (336, _("2 weeks")),
    (744, _("31 days")),
]
