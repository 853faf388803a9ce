using Slipway.Registry.Api.Vetting;

namespace Slipway.Registry.Api.Artifacts;

/// <summary>At the start: deletes folders of examinations that a killed process left behind. Young ones may belong to another replica and stay.</summary>
internal sealed class AbandonedFilesWorker(VettingFolder vetting, TimeProvider time, ILogger<AbandonedFilesWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_age = TimeSpan.FromDays(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var before = time.GetUtcNow() - s_age;
        foreach (var folder in new DirectoryInfo(vetting.Path) is { Exists: true } root ? root.EnumerateDirectories() : [])
        {
            if (folder.LastWriteTimeUtc >= before)
            {
                continue;
            }
            try
            {
                folder.Delete(recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                RegistryLog.TempFileLeft(logger, folder.FullName, e.Message);
            }
        }
        return Task.CompletedTask;
    }
}
