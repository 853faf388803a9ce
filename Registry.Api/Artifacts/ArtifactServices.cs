using Microsoft.Extensions.Options;
using Slipway.Registry.Api.Artifacts.Collection;
using Slipway.Registry.Api.Artifacts.Multipart;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Mlflow;
using Slipway.Registry.Api.Vetting;
using Slipway.ServiceDefaults;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>The artifact store as a whole: services and routes.</summary>
internal static class ArtifactServices
{
    public static void AddArtifacts(this WebApplicationBuilder builder, string serviceName)
    {
        builder
            .Services.AddOptions<ArtifactOptions>()
            .BindConfiguration(ArtifactOptions.Section)
            .ValidateDataAnnotations()
            .Validate(
                options => options.S3.Bucket is null || options.MaxUploadBytes <= S3BlobStore.MaxObjectBytes,
                $"{ArtifactOptions.Section}:{nameof(ArtifactOptions.MaxUploadBytes)} must be at most 5 GiB with S3, the largest object that it copies at once."
            )
            .Validate(
                options => options.S3.Prefix.Length == 0 || options.S3.Prefix.EndsWith('/'),
                $"{ArtifactOptions.Section}:S3:{nameof(S3Options.Prefix)} must end in a slash."
            )
            .ValidateOnStart();
        builder
            .Services.AddOptions<RetentionOptions>()
            .BindConfiguration(RetentionOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        var folder = builder.GetDataFolder(serviceName);
        builder
            .Services.AddSingleton(services => CreateStore(services, folder))
            .AddSingleton(new VettingFolder(Path.Combine(folder, "vetting")))
            .AddSingleton<ArtifactMetrics>()
            .AddSingleton<BlobReader>()
            .AddSingleton<ArtifactStore>()
            .AddSingleton<ArtifactUploader>()
            .AddSingleton<UploadStore>()
            .AddSingleton<SignedUrls>()
            .AddSingleton<BlobCollector>()
            .AddSingleton<DeletedTracking>()
            .AddSingleton<CollectionSignal>()
            .AddSingleton<Models.VersionFiles>()
            .AddHostedService<CollectionWorker>()
            .AddHostedService<AbandonedFilesWorker>();
    }

    public static void MapArtifacts(this WebApplication app)
    {
        app.MapTwins("/2.0/mlflow", RunArtifactsApi.Map);
        app.MapTwins(
            "/2.0/mlflow-artifacts",
            group =>
            {
                ArtifactProxyApi.Map(group);
                MultipartApi.Map(group);
            }
        );
        MultipartApi.MapSigned(app);
        RunArtifactsApi.MapRoot(app);
        BlobsApi.Map(app);
        VettingApi.Map(app);
        StorageApi.Map(app);
    }

    private static IBlobStore CreateStore(IServiceProvider services, string folder)
    {
        var options = services.GetRequiredService<IOptions<ArtifactOptions>>().Value;
        return options.S3.Bucket is { Length: > 0 }
            ? new S3BlobStore(S3Client.Create(options.S3), options.S3, services.GetRequiredService<ILogger<S3BlobStore>>())
            : new DiskBlobStore(folder, options.FlushToDisk, services.GetRequiredService<ILogger<DiskBlobStore>>());
    }
}
