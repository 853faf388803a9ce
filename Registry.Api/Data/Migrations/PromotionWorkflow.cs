using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Registry.Api.Data.Migrations;

/// <summary>Promotions with approvals, expiry and a history; policies and consumers of models; who moved an alias, and why.</summary>
[DbContext(typeof(RegistryDb))]
[Migration("20260104000000_PromotionWorkflow")]
internal sealed class PromotionWorkflow : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(Promotions);
        migrationBuilder.Sql(Policies);
    }

    private const string Promotions = """
        ALTER TABLE promotions
            ADD COLUMN requested_by text NULL,
            ADD COLUMN policy jsonb NOT NULL DEFAULT '{}',
            ADD COLUMN expires_at timestamptz NOT NULL DEFAULT now() + interval '7 days',
            ADD COLUMN due_at timestamptz NOT NULL DEFAULT now();
        DROP INDEX promotions_pending;
        CREATE INDEX promotions_open ON promotions (due_at) WHERE status IN ('pending', 'awaiting_approval');
        CREATE INDEX promotions_to_expire ON promotions (expires_at) WHERE status IN ('pending', 'awaiting_approval');
        DROP INDEX promotions_by_model;
        CREATE INDEX promotions_by_model ON promotions (model_id, id DESC);

        CREATE TABLE promotion_events (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            promotion_id uuid NOT NULL REFERENCES promotions ON DELETE CASCADE,
            kind text NOT NULL,
            status text NOT NULL,
            actor text NULL,
            text text NULL,
            at timestamptz NOT NULL
        );
        CREATE INDEX promotion_events_by_promotion ON promotion_events (promotion_id, id);
        -- A person counts once, however the name is written.
        CREATE UNIQUE INDEX promotion_events_approvals ON promotion_events (promotion_id, lower(actor)) WHERE kind = 'approved';

        -- History is added to and never changed; it goes with its model alone, and then the delete comes from the foreign key's own trigger.
        CREATE FUNCTION promotion_events_are_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' OR pg_trigger_depth() < 2 THEN
                RAISE EXCEPTION 'promotion events are never changed';
            END IF;
            RETURN OLD;
        END $$;
        CREATE TRIGGER promotion_events_fixed BEFORE UPDATE OR DELETE ON promotion_events
            FOR EACH ROW EXECUTE FUNCTION promotion_events_are_fixed();

        ALTER TABLE alias_history ADD COLUMN actor text NULL, ADD COLUMN reason text NULL;
        """;

    private const string Policies = """
        CREATE TABLE model_policies (
            model_id bigint NOT NULL REFERENCES registered_models ON DELETE CASCADE,
            environment text COLLATE "C" NOT NULL,
            policy jsonb NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (model_id, environment)
        );

        CREATE TABLE model_consumers (
            model_id bigint NOT NULL REFERENCES registered_models ON DELETE CASCADE,
            name text COLLATE "C" NOT NULL,
            signature jsonb NOT NULL,
            updated_at timestamptz NOT NULL,
            PRIMARY KEY (model_id, name)
        );
        """;
}
