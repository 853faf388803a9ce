using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Registry.Api.Data.Migrations;

/// <summary>Authors, logged models and deployment jobs of models and versions; times as clients see them, with indexes for the usual orders.</summary>
[DbContext(typeof(RegistryDb))]
[Migration("20261128143000_RegistrySurface")]
internal sealed class RegistrySurface : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql(
            """
            ALTER TABLE registered_models ADD COLUMN user_id text NULL, ADD COLUMN deployment_job_id text NULL;
            ALTER TABLE model_versions ADD COLUMN user_id text NULL, ADD COLUMN logged_model_id text COLLATE "C" NULL;

            -- Unix time in milliseconds, which is what clients see and sort by. The built-in functions are immutable for this argument, but not declared so.
            CREATE FUNCTION unix_ms(timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
                AS 'SELECT floor(extract(epoch FROM $1) * 1000)::bigint';
            CREATE INDEX model_versions_by_update ON model_versions (unix_ms(updated_at) DESC);
            CREATE INDEX model_versions_by_run ON model_versions (run_id) WHERE run_id IS NOT NULL;
            CREATE INDEX registered_models_by_update ON registered_models (unix_ms(updated_at) DESC);
            -- An alias of a version is looked for by the version, too.
            CREATE INDEX model_aliases_by_version ON model_aliases (model_id, version);
            """
        );
}
