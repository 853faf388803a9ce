using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Registry.Api.Data.Migrations;

/// <summary>
/// Indexes that find runs by the values of their metrics, params and tags without a look at the tables. A value may be longer than an index row: its beginning
/// stands in a column of its own.
/// </summary>
[DbContext(typeof(RegistryDb))]
[Migration("20261130180000_SearchIndexes")]
internal sealed class SearchIndexes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql(
            """
            DROP INDEX latest_metrics_by_value;
            CREATE INDEX latest_metrics_by_value ON latest_metrics (key, value, run_id);

            ALTER TABLE run_params ADD COLUMN value_start text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(value, 64)) STORED;
            CREATE INDEX run_params_by_value ON run_params (key, value_start, run_id);

            ALTER TABLE run_tags ADD COLUMN value_start text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(value, 64)) STORED;
            CREATE INDEX run_tags_by_value ON run_tags (key, value_start, run_id);
            """
        );
}
