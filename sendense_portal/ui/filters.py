"""What a list can be narrowed by."""

import django_filters


class ListFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """All of it stands in the URL."""

    @property
    def is_used(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.form.data.get(name) for name in self.filters)
