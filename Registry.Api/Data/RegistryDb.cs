using Microsoft.EntityFrameworkCore;

namespace Slipway.Registry.Api.Data;

/// <summary>
/// Models, versions, promotions and endpoints of the database <c>registrydb</c>. Runs, metrics and artifacts are written set by set in SQL (<c>RunStore</c>,
/// <c>ArtifactStore</c>) and are not entities. The schema is that of the migrations; this maps names only.
/// </summary>
internal sealed class RegistryDb : DbContext
{
    public RegistryDb(DbContextOptions<RegistryDb> options)
        : base(options)
    {
        // No transaction here goes on after a failed save. And a savepoint whose release fails, since the connection broke, is passed over in silence: the next
        // query of the framework's would open another connection and write outside of the transaction.
        Database.AutoSavepointsEnabled = false;
    }

    public DbSet<RegisteredModelRow> Models => Set<RegisteredModelRow>();
    public DbSet<RegisteredModelTagRow> ModelTags => Set<RegisteredModelTagRow>();
    public DbSet<AliasRow> Aliases => Set<AliasRow>();
    public DbSet<AliasHistoryRow> AliasHistory => Set<AliasHistoryRow>();
    public DbSet<ModelVersionRow> Versions => Set<ModelVersionRow>();
    public DbSet<ModelVersionTagRow> VersionTags => Set<ModelVersionTagRow>();
    public DbSet<VersionFileRow> VersionFiles => Set<VersionFileRow>();
    public DbSet<PromotionRow> Promotions => Set<PromotionRow>();
    public DbSet<PromotionEventRow> PromotionEvents => Set<PromotionEventRow>();
    public DbSet<ModelPolicyRow> ModelPolicies => Set<ModelPolicyRow>();
    public DbSet<ModelConsumerRow> ModelConsumers => Set<ModelConsumerRow>();
    public DbSet<EndpointRow> Endpoints => Set<EndpointRow>();
    public DbSet<EndpointRouteRow> EndpointRoutes => Set<EndpointRouteRow>();
    public DbSet<ServingRevisionRow> ServingRevisions => Set<ServingRevisionRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<RegisteredModelRow>(model =>
        {
            model.ToTable("registered_models");
            model.HasMany(m => m.Tags).WithOne().HasForeignKey(t => t.ModelId);
            model.HasMany(m => m.Aliases).WithOne().HasForeignKey(a => a.ModelId);
        });
        modelBuilder.Entity<RegisteredModelTagRow>().ToTable("registered_model_tags").HasKey(t => new { t.ModelId, t.Key });
        modelBuilder.Entity<AliasRow>().ToTable("model_aliases").HasKey(a => new { a.ModelId, a.Alias });
        modelBuilder.Entity<AliasHistoryRow>().ToTable("alias_history");
        modelBuilder.Entity<ModelVersionRow>(version =>
        {
            version.ToTable("model_versions").HasKey(v => new { v.ModelId, v.Version });
            version.Property(v => v.VettingReport).HasColumnType("jsonb");
            version.HasOne(v => v.Model).WithMany().HasForeignKey(v => v.ModelId);
            version.HasMany(v => v.Tags).WithOne().HasForeignKey(t => new { t.ModelId, t.Version });
            version.HasMany(v => v.Files).WithOne().HasForeignKey(f => new { f.ModelId, f.Version });
        });
        modelBuilder
            .Entity<ModelVersionTagRow>()
            .ToTable("model_version_tags")
            .HasKey(t => new
            {
                t.ModelId,
                t.Version,
                t.Key,
            });
        modelBuilder
            .Entity<VersionFileRow>()
            .ToTable("model_version_files")
            .HasKey(f => new
            {
                f.ModelId,
                f.Version,
                f.Path,
            });
        modelBuilder.Entity<PromotionRow>(promotion =>
        {
            promotion.ToTable("promotions");
            promotion.Property(p => p.Gates).HasColumnType("jsonb");
            promotion.Property(p => p.Policy).HasColumnType("jsonb");
            promotion.HasMany(p => p.Events).WithOne().HasForeignKey(e => e.PromotionId);
            promotion.HasOne(p => p.Model).WithMany().HasForeignKey(p => p.ModelId);
        });
        modelBuilder.Entity<PromotionEventRow>().ToTable("promotion_events");
        modelBuilder.Entity<ModelPolicyRow>(policy =>
        {
            policy.ToTable("model_policies").HasKey(p => new { p.ModelId, p.Environment });
            policy.Property(p => p.Policy).HasColumnType("jsonb");
        });
        modelBuilder.Entity<ModelConsumerRow>(consumer =>
        {
            consumer.ToTable("model_consumers").HasKey(c => new { c.ModelId, c.Name });
            consumer.Property(c => c.Signature).HasColumnType("jsonb");
        });
        modelBuilder.Entity<EndpointRow>(endpoint =>
        {
            endpoint.ToTable("endpoints").HasKey(e => e.Name);
            endpoint.HasMany(e => e.Routes).WithOne().HasForeignKey(r => r.EndpointName);
        });
        modelBuilder.Entity<EndpointRouteRow>(route =>
        {
            route.ToTable("endpoint_routes").HasKey(r => new { r.EndpointName, r.Position });
            route.HasOne(r => r.Model).WithMany().HasForeignKey(r => r.ModelId);
        });
        modelBuilder.Entity<ServingRevisionRow>().ToTable("serving_revision").HasKey(r => r.OnlyRow);

        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
        {
            property.SetColumnName(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
        }
    }
}
