using Microsoft.EntityFrameworkCore;

namespace Slipway.Monitoring.Worker.Storage;

/// <summary>
/// The tables that are written row by row: monitors, windows, alerts, retrain requests, baselines. Predictions, outcomes and dirty windows go
/// in bulk and are reached through plain commands.
/// </summary>
internal sealed class MonitoringDb(DbContextOptions<MonitoringDb> options) : DbContext(options)
{
    public DbSet<MonitorRow> Monitors => Set<MonitorRow>();

    public DbSet<WindowRow> Windows => Set<WindowRow>();

    public DbSet<AlertRow> Alerts => Set<AlertRow>();

    public DbSet<RetrainRow> Retrains => Set<RetrainRow>();

    public DbSet<BaselineRow> Baselines => Set<BaselineRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<MonitorRow>(row =>
        {
            row.ToTable("monitors").HasKey(r => r.Endpoint);
            row.Property(r => r.Definition).HasColumnType("jsonb");
        });
        modelBuilder.Entity<WindowRow>(row =>
        {
            row.ToTable("windows")
                .HasKey(r => new
                {
                    r.Endpoint,
                    r.Model,
                    r.Version,
                    r.Start,
                });
            row.Property(r => r.Metrics).HasColumnType("jsonb");
            row.Property(r => r.Drift).HasColumnType("jsonb");
        });
        modelBuilder.Entity<AlertRow>().ToTable("alerts").HasKey(r => r.Id);
        modelBuilder.Entity<RetrainRow>().ToTable("retrain_requests").HasKey(r => r.Id);
        modelBuilder.Entity<BaselineRow>(row =>
        {
            row.ToTable("baselines").HasKey(r => new { r.Model, r.Version });
            row.Property(r => r.Profile).HasColumnType("jsonb");
            row.Property(r => r.Metrics).HasColumnType("jsonb");
        });
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
        {
            property.SetColumnName(SnakeCase(property.Name));
        }
    }

    private static string SnakeCase(string name) =>
        string.Concat(
            name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString())
        );
}
