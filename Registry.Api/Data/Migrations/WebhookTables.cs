using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Registry.Api.Data.Migrations;

/// <summary>Webhooks, their deliveries and the attempts made.</summary>
[DbContext(typeof(RegistryDb))]
[Migration("20261128142000_Webhooks")]
internal sealed class WebhookTables : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql(
            """
            CREATE TABLE webhooks (
                webhook_id text COLLATE "C" PRIMARY KEY,
                name text NOT NULL,
                description text NULL,
                url text NOT NULL,
                events text[] NOT NULL,
                secret bytea NULL,
                status text NOT NULL,
                creation_timestamp bigint NOT NULL,
                last_updated_timestamp bigint NOT NULL
            );

            CREATE TABLE webhook_deliveries (
                delivery_id uuid PRIMARY KEY,
                webhook_id text COLLATE "C" NOT NULL REFERENCES webhooks ON DELETE CASCADE,
                entry_id bigint NOT NULL REFERENCES audit_entries,
                event text NOT NULL,
                status text NOT NULL DEFAULT 'pending',
                attempts integer NOT NULL DEFAULT 0,
                created_at timestamptz NOT NULL,
                next_attempt_at timestamptz NOT NULL,
                lease_until timestamptz NULL,
                give_up_at timestamptz NOT NULL,
                finished_at timestamptz NULL,
                UNIQUE (webhook_id, entry_id)
            );
            CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, entry_id) WHERE status = 'pending';
            CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE status <> 'pending';

            CREATE TABLE webhook_attempts (
                delivery_id uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
                number integer NOT NULL,
                at timestamptz NOT NULL,
                duration_ms double precision NOT NULL,
                response_status integer NULL,
                response_body text NULL,
                error text NULL,
                PRIMARY KEY (delivery_id, number)
            );
            """
        );
}
