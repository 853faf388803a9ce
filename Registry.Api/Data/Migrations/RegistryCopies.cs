using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Registry.Api.Data.Migrations;

/// <summary>Copies of versions from other registries.</summary>
[DbContext(typeof(RegistryDb))]
[Migration("20260104010000_RegistryCopies")]
internal sealed class RegistryCopies : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql(
            """
            CREATE TABLE copies (
                id uuid PRIMARY KEY,
                source_url text COLLATE "C" NOT NULL,
                source_model text COLLATE "C" NOT NULL,
                source_version integer NOT NULL,
                target_model text COLLATE "C" NOT NULL,
                status text NOT NULL,
                detail text NULL,
                target_version integer NULL,
                files_done integer NOT NULL DEFAULT 0,
                files_total integer NOT NULL DEFAULT 0,
                attempt integer NOT NULL DEFAULT 0,
                lease_until timestamptz NULL,
                created_at timestamptz NOT NULL,
                UNIQUE (source_url, source_model, source_version, target_model)
            );
            CREATE INDEX copies_open ON copies (created_at) WHERE status IN ('pending', 'running');
            CREATE INDEX model_version_tags_copy ON model_version_tags (value) WHERE key = 'slipway.copy_id';
            """
        );
}
