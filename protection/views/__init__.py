"""Pages of protection: flows, schedules, groups and what ran."""
