using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Registry.Api.Data.Migrations;

/// <summary>The audit log with its chain, and the events that are still to be told.</summary>
[DbContext(typeof(RegistryDb))]
[Migration("20261128141000_AuditLog")]
internal sealed class AuditLog : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql(
            """
            -- json, not jsonb: the text is hashed, and must come back as it was written.
            CREATE TABLE audit_entries (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                at timestamptz NOT NULL,
                actor text COLLATE "C" NOT NULL,
                action text COLLATE "C" NOT NULL,
                object text COLLATE "C" NOT NULL,
                before json NULL,
                after json NULL,
                trace_id text NULL,
                request_id text NULL
            );
            CREATE INDEX audit_entries_by_object ON audit_entries (object, id);
            CREATE INDEX audit_entries_by_actor ON audit_entries (actor, id);
            CREATE INDEX audit_entries_by_action ON audit_entries (action, id);
            CREATE INDEX audit_entries_by_time ON audit_entries (at);

            -- Entries get their place in the chain once they are committed: no transaction waits for another's place.
            CREATE TABLE audit_chain (
                sequence bigint PRIMARY KEY,
                entry_id bigint NOT NULL UNIQUE REFERENCES audit_entries,
                previous_hash bytea NOT NULL,
                hash bytea NOT NULL
            );

            CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'The audit log is append-only: % of % is refused.', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
            END $$;
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
            -- Also where a session switches ordinary triggers off.
            ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER append_only;
            ALTER TABLE audit_chain ENABLE ALWAYS TRIGGER append_only;

            CREATE TABLE registry_events (
                entry_id bigint PRIMARY KEY REFERENCES audit_entries,
                event_id uuid NOT NULL UNIQUE,
                is_prompt boolean NOT NULL,
                sealed_at timestamptz NULL,
                published_at timestamptz NULL
            );
            CREATE INDEX registry_events_to_seal ON registry_events (entry_id) WHERE sealed_at IS NULL;
            CREATE INDEX registry_events_to_publish ON registry_events (entry_id) WHERE published_at IS NULL;
            """
        );
}
