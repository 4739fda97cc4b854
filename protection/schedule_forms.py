"""The form of a schedule: a few friendly choices, or cron for experts."""

import re
from datetime import time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from protection.forms import OwnedForm
from protection.models import Schedule
from protection.times import NoSuchTime, next_time
from sendense_portal.tenancy.time_zones import LongSelect, time_zone_choices

KINDS = [
    ("hourly", _("Every hour")),
    ("daily", _("Every day")),
    ("weekly", _("On days of the week")),
    ("monthly", _("On a day of the month")),
    ("cron", _("Cron, for experts")),
]
DAYS = [
    ("1", _("Monday")), ("2", _("Tuesday")), ("3", _("Wednesday")), ("4", _("Thursday")),
    ("5", _("Friday")), ("6", _("Saturday")), ("0", _("Sunday")),
]  # fmt: skip
FRIENDLY = re.compile(r"(\d+) (\*|\d+) (\*|\d+) \* (\*|[0-6](?:,[0-6])*)$")


class ScheduleForm(OwnedForm):
    """The choices become ``cron``; what was written in cron and is one of the choices is shown as such."""

    kind = forms.ChoiceField(label=_("How often"), choices=KINDS, initial="daily")
    at = forms.TimeField(
        label=_("At"),
        initial="22:00",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Every hour takes the minute alone."),
    )
    weekdays = forms.MultipleChoiceField(
        label=_("Days of the week"), choices=DAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    month_day = forms.IntegerField(
        label=_("Day of the month"), min_value=1, max_value=28, initial=1, required=False
    )
    cron = forms.CharField(
        label=_("Cron"),
        max_length=100,
        required=False,
        help_text=_("Minute, hour, day, month, weekday: “15 2 * * 1-5” is 02:15 on weekdays."),
    )
    zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices, widget=LongSelect())

    class Meta:
        model = Schedule
        fields = ["name", "cron", "zone"]

    def __init__(self, *args: Any, **options: Any) -> None:
        schedule: Schedule = options["instance"]
        options["initial"] = choices_of(schedule.cron) | (options.get("initial") or {})
        super().__init__(*args, **options)
        self.now = timezone.now()

    def clean(self) -> dict[str, Any]:
        """Puts the choices together, and says at the field what is wrong with them."""
        cleaned = super().clean() or {}
        if self.name_taken(Schedule.objects.all()):
            self.add_error("name", _("Another schedule has this name."))
        if not {"kind", "zone"} <= cleaned.keys() or {"at", "month_day", "weekdays"} & self.errors.keys():
            return cleaned
        if cleaned["kind"] == "weekly" and not cleaned.get("weekdays"):
            self.add_error("weekdays", _("Choose at least one day."))
            return cleaned
        if cleaned["kind"] in ("hourly", "daily", "weekly", "monthly") and cleaned.get("at") is None:
            self.add_error("at", _("Give a time."))
            return cleaned
        if cleaned["kind"] != "cron":
            cleaned["cron"] = cron_of(cleaned)
        try:
            next_time(cleaned.get("cron", ""), cleaned["zone"], self.now)
        except NoSuchTime as reason:
            self.add_error("cron", str(reason))
        return cleaned


def cron_of(chosen: dict[str, Any]) -> str:
    """The choices in cron's words."""
    at: time = chosen["at"]
    return {
        "hourly": f"{at.minute} * * * *",
        "daily": f"{at.minute} {at.hour} * * *",
        "weekly": f"{at.minute} {at.hour} * * {','.join(chosen['weekdays'])}",
        "monthly": f"{at.minute} {at.hour} {chosen['month_day'] or 1} * *",
    }[chosen["kind"]]


def choices_of(cron: str) -> dict[str, Any]:
    """The choices that a cron line stands for; ``cron`` itself where it is none of them."""
    if not cron:
        return {}
    match = FRIENDLY.match(cron)
    if not match:
        return {"kind": "cron"}
    minute, hour, day, week = match.groups()
    found: dict[str, Any] = {"at": f"{0 if hour == '*' else int(hour):02}:{int(minute):02}"}
    if hour == "*":
        return found | {"kind": "hourly" if day == week == "*" else "cron"}
    if day == week == "*":
        return found | {"kind": "daily"}
    if day == "*":
        return found | {"kind": "weekly", "weekdays": week.split(",")}
    return found | ({"kind": "monthly", "month_day": int(day)} if week == "*" else {"kind": "cron"})
