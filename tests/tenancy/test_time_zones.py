"""The choice of a time zone on a person's own page."""

import re

from tests.conftest import AsPerson, Cast

PROFILE = "/profile/"


def test_zones_are_offered_by_region_and_the_persons_own_is_chosen(cast: Cast, as_person: AsPerson) -> None:
    cast.acme_viewer.time_zone = "America/Argentina/Buenos_Aires"
    cast.acme_viewer.save()
    html = as_person(cast.acme_viewer).get(PROFILE).content.decode()
    assert '<optgroup label="Europe">' in html
    assert (
        '<option value="America/Argentina/Buenos_Aires" selected>America/Argentina/Buenos Aires</option>'
        in html
    )
    assert re.findall(r'<option value="([^"]+)" selected', html).count("America/Argentina/Buenos_Aires") == 1
    assert '<option value="UTC">UTC</option>' in html


def test_a_zone_that_does_not_exist_is_refused_and_the_name_kept(cast: Cast, as_person: AsPerson) -> None:
    person = as_person(cast.acme_viewer)
    answer = person.post(PROFILE, {"name": "Ada", "time_zone": '"><script>', "theme": "system"})
    html = answer.content.decode()
    assert 'value="Ada"' in html
    assert "Select a valid choice" in html
    assert "<script>" not in html.replace("<script ", "")
    assert (
        person.post(PROFILE, {"name": "Ada", "time_zone": "Asia/Tokyo", "theme": "dark"}).status_code == 302
    )
    cast.acme_viewer.refresh_from_db()
    assert cast.acme_viewer.time_zone == "Asia/Tokyo"
