using Microsoft.EntityFrameworkCore;

namespace Slipway.Training.Worker.Storage;

/// <summary>The training service's own database. Its tables are made by the hand-written migrations beside it.</summary>
internal sealed class TrainingDbContext(DbContextOptions<TrainingDbContext> options) : DbContext(options)
{
    public DbSet<JobRow> Jobs => Set<JobRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<JobRow>(job =>
        {
            job.ToTable("jobs");
            job.HasKey(row => row.Id);
            job.Property(row => row.Id).HasColumnName("id").ValueGeneratedNever();
            job.Property(row => row.Model).HasColumnName("model");
            job.Property(row => row.Status).HasColumnName("status");
            job.Property(row => row.Request).HasColumnName("request").HasColumnType("jsonb");
            job.Property(row => row.Attempt).HasColumnName("attempt");
            job.Property(row => row.Fencing).HasColumnName("fencing");
            job.Property(row => row.LeaseOwner).HasColumnName("lease_owner");
            job.Property(row => row.LeaseExpiresAt).HasColumnName("lease_expires_at");
            job.Property(row => row.AvailableAt).HasColumnName("available_at");
            job.Property(row => row.CancelRequested).HasColumnName("cancel_requested");
            job.Property(row => row.Registering).HasColumnName("registering");
            job.Property(row => row.Progress).HasColumnName("progress");
            job.Property(row => row.Message).HasColumnName("message");
            job.Property(row => row.ErrorCode).HasColumnName("error_code");
            job.Property(row => row.RunId).HasColumnName("run_id");
            job.Property(row => row.ModelVersion).HasColumnName("model_version");
            job.Property(row => row.PromotionId).HasColumnName("promotion_id");
            job.Property(row => row.CreatedAt).HasColumnName("created_at");
            job.Property(row => row.StartedAt).HasColumnName("started_at");
            job.Property(row => row.EndedAt).HasColumnName("ended_at");
        });
}
