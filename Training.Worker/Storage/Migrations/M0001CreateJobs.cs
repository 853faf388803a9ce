using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Slipway.Training.Worker.Storage.Migrations;

/// <summary>The job table with the indexes of the claim, of the list and of "the model's last succeeded job".</summary>
[DbContext(typeof(TrainingDbContext))]
[Migration("0001_create_jobs")]
internal sealed class M0001CreateJobs : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql(
            """
            CREATE TABLE jobs (
                id               uuid PRIMARY KEY,
                model            text NOT NULL,
                status           text NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
                request          jsonb NOT NULL,
                attempt          integer NOT NULL DEFAULT 0,
                fencing          bigint NOT NULL DEFAULT 0,
                lease_owner      text,
                lease_expires_at timestamptz,
                available_at     timestamptz NOT NULL,
                cancel_requested boolean NOT NULL DEFAULT false,
                registering      boolean NOT NULL DEFAULT false,
                progress         double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
                message          text,
                error_code       text,
                run_id           text,
                model_version    integer,
                promotion_id     uuid,
                created_at       timestamptz NOT NULL,
                started_at       timestamptz,
                ended_at         timestamptz,
                CHECK (status <> 'running' OR (lease_owner IS NOT NULL AND lease_expires_at IS NOT NULL))
            );
            CREATE INDEX ix_jobs_open ON jobs (created_at, id) WHERE status IN ('queued', 'running');
            CREATE INDEX ix_jobs_newest ON jobs (created_at DESC, id DESC);
            CREATE INDEX ix_jobs_model ON jobs (model, created_at DESC, id DESC);
            """
        );

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP TABLE jobs;");
}
