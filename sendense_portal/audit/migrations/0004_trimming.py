"""Entries may go, but only up to a checkpoint; checkpoints stay. Also gives older entries their subjects."""

from django.db import migrations

REFUSAL = "the trail is append-only"
SQLITE = [
    "DROP TRIGGER IF EXISTS audit_no_delete",
    f"""
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit_auditentry
    WHEN NOT EXISTS (
        SELECT 1 FROM audit_trailcheckpoint WHERE chain = OLD.chain AND sequence >= OLD.sequence
    )
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    *(
        f"""
        CREATE TRIGGER audit_checkpoint_no_{verb.lower()} BEFORE {verb} ON audit_trailcheckpoint
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """
        for verb in ("UPDATE", "DELETE")
    ),
]
POSTGRESQL = [
    "DROP TRIGGER audit_append_only ON audit_auditentry",
    """
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()
    """,
    f"""
    CREATE FUNCTION audit_trim_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM audit_trailcheckpoint WHERE chain = OLD.chain AND sequence >= OLD.sequence
        ) THEN RAISE EXCEPTION '{REFUSAL}'; END IF;
        RETURN OLD;
    END $$
    """,
    """
    CREATE TRIGGER audit_trim_only BEFORE DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_trim_only()
    """,
    """
    CREATE TRIGGER audit_checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_trailcheckpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()
    """,
]


def install(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def subjects_of_older_entries(apps, schema_editor):
    """Who acted and what was acted on; what lies behind the target is known for new entries only."""
    AuditEntry, Subject, About = (apps.get_model("audit", name) for name in ("AuditEntry", "Subject", "About"))
    known = {}

    def subject(kind, key, name):
        if (kind, key) not in known:
            known[kind, key] = Subject.objects.get_or_create(kind=kind, key=key, defaults={"name": name})[0]
        return known[kind, key]

    rows = []
    for entry in AuditEntry.objects.order_by("-pk").iterator():
        rows.append(About(entry=entry, subject=subject("actor", str(entry.actor_id or entry.actor_name), entry.actor_name)))
        if entry.target_kind:
            rows.append(About(entry=entry, subject=subject(entry.target_kind, entry.target_id, entry.target_name)))
        if len(rows) > 1000:
            About.objects.bulk_create(rows)
            rows = []
    About.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_subjects_heads_checkpoints")]
    operations = [
        migrations.RunPython(subjects_of_older_entries, migrations.RunPython.noop),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
