"""What the list of restore points can be narrowed by; all of it stands in the URL."""

from backups.filters import BackupFilter


class PointFilter(BackupFilter):
    """That of backups without their state: a restore point is a completed one."""

    state = None
