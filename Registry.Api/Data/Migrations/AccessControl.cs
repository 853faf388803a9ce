using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Registry.Api.Data.Migrations;

/// <summary>Users, role bindings, API tokens, permissions on single objects, and the version by which replicas notice a change of them.</summary>
[DbContext(typeof(RegistryDb))]
[Migration("20261128143000_AccessControl")]
internal sealed class AccessControl : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(Schema);

    private const string Schema = """
        CREATE TABLE access_users (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text COLLATE "C" NOT NULL UNIQUE,
            password_hash text NOT NULL,
            created_at timestamptz NOT NULL
        );

        CREATE TABLE access_bindings (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            principal text COLLATE "C" NOT NULL,
            role text NOT NULL,
            pattern text COLLATE "C" NOT NULL,
            UNIQUE (principal, role, pattern)
        );

        CREATE TABLE access_tokens (
            id text COLLATE "C" PRIMARY KEY,
            principal text COLLATE "C" NOT NULL,
            name text NOT NULL,
            salt bytea NOT NULL,
            hash bytea NOT NULL,
            roles text[] NOT NULL,
            pattern text NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz NULL,
            last_used_at timestamptz NULL
        );
        CREATE INDEX access_tokens_by_principal ON access_tokens (principal, created_at);

        -- The key of an object is text: an experiment's number or a model's name. MLflow grants on objects that do not exist yet.
        CREATE TABLE access_objects (
            principal text COLLATE "C" NOT NULL,
            kind text COLLATE "C" NOT NULL,
            object text COLLATE "C" NOT NULL,
            level smallint NOT NULL,
            PRIMARY KEY (principal, kind, object)
        );
        CREATE INDEX access_objects_by_object ON access_objects (kind, object);

        CREATE TABLE access_version (
            only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            version bigint NOT NULL
        );
        INSERT INTO access_version (version) VALUES (1);

        CREATE FUNCTION bump_access_version() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN UPDATE access_version SET version = version + 1; RETURN NULL; END $$;
        CREATE TRIGGER access_users_changed AFTER INSERT OR UPDATE OR DELETE ON access_users
            FOR EACH STATEMENT EXECUTE FUNCTION bump_access_version();
        CREATE TRIGGER access_bindings_changed AFTER INSERT OR UPDATE OR DELETE ON access_bindings
            FOR EACH STATEMENT EXECUTE FUNCTION bump_access_version();
        CREATE TRIGGER access_objects_changed AFTER INSERT OR UPDATE OR DELETE ON access_objects
            FOR EACH STATEMENT EXECUTE FUNCTION bump_access_version();
        CREATE TRIGGER access_tokens_changed AFTER INSERT OR DELETE OR UPDATE OF revoked_at ON access_tokens
            FOR EACH STATEMENT EXECUTE FUNCTION bump_access_version();

        -- Permissions follow a renamed model, and end with what they are for: whoever takes the name next starts anew.
        CREATE FUNCTION move_access_of_model() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            IF TG_OP = 'UPDATE' THEN
                DELETE FROM access_objects WHERE kind = 'model' AND object = NEW.name;
                UPDATE access_objects SET object = NEW.name WHERE kind = 'model' AND object = OLD.name;
            ELSE
                DELETE FROM access_objects WHERE kind = 'model' AND object = OLD.name;
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER registered_models_renamed AFTER UPDATE OF name ON registered_models
            FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION move_access_of_model();
        CREATE TRIGGER registered_models_deleted AFTER DELETE ON registered_models
            FOR EACH ROW EXECUTE FUNCTION move_access_of_model();

        CREATE FUNCTION end_access_of_experiment() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            DELETE FROM access_objects WHERE kind = 'experiment' AND object = OLD.experiment_id::text;
            RETURN NULL;
        END $$;
        CREATE TRIGGER experiments_deleted AFTER DELETE ON experiments
            FOR EACH ROW EXECUTE FUNCTION end_access_of_experiment();

        -- Whose a path of the artifact store is.
        CREATE INDEX experiments_by_location ON experiments (artifact_location);
        """;
}
