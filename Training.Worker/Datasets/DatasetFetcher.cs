using System.Net;
using Slipway.Contracts.Http;
using Slipway.Contracts.Mlflow;
using Slipway.Contracts.Monitoring;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Jobs;

namespace Slipway.Training.Worker.Datasets;

/// <summary>Streams a job's datasets into its work folder, in order, bounded in sum.</summary>
internal sealed class DatasetFetcher(RemoteServices services, TrainingOptions options)
{
    /// <summary>The paths of the files, or what was wrong with one of them.</summary>
    public async Task<Result<IReadOnlyList<string>>> FetchAsync(JobContext job, CancellationToken ct)
    {
        var request = job.Claim.Request;
        var folder = Directory.CreateDirectory(Path.Combine(job.Folder, "datasets")).FullName;
        var files = new List<string>();
        var left = options.MaxDatasetBytes;
        for (var i = 0; i < request.Datasets.Count; i++)
        {
            // Checked when the job was made; a row of an older release may still hold what is refused now.
            if (!DatasetUri.TryParse(request.Datasets[i], out var uri, out var error))
            {
                return new BadInput("bad_dataset", error);
            }
            job.Report(0.05 * i / request.Datasets.Count, $"Fetching {uri}.");
            var path = Path.Combine(folder, $"{i + 1}-{FileName(uri)}.csv");
            var (bytes, bad) = await FetchAsync(job, uri, path, left, ct);
            if (bad is not null)
            {
                return bad;
            }
            job.Log.Write($"Fetched {uri}: {bytes} bytes.");
            left -= bytes;
            files.Add(path);
        }
        return files;
    }

    private async Task<(long Bytes, BadInput? Error)> FetchAsync(
        JobContext job,
        DatasetUri uri,
        string path,
        long maxBytes,
        CancellationToken ct
    )
    {
        try
        {
            switch (uri)
            {
                case ArtifactDataset artifact:
                    var mlflow = new MlflowClient(services.Registry());
                    return (
                        await job.CallAsync(
                            "registry",
                            token => DownloadAsync(path, maxBytes, (to, t) => mlflow.DownloadArtifactAsync(artifact.Path, to, t), token),
                            ct
                        ),
                        null
                    );
                case PredictionsDataset predictions:
                    var monitoring = new MonitoringClient(services.Monitoring());
                    var raw = path + ".raw";
                    var bytes = await job.CallAsync(
                        "monitoring",
                        token =>
                            DownloadAsync(
                                raw,
                                maxBytes,
                                (to, t) => monitoring.DownloadDatasetAsync(predictions.Endpoint, predictions.From, predictions.To, to, t),
                                token
                            ),
                        ct
                    );
                    return (bytes, await RenameAsync(raw, path, job.Claim.Request.Target, ct));
                default:
                    throw new InvalidOperationException($"No way to fetch {uri} is known.");
            }
        }
        catch (BoundExceededException)
        {
            return (
                0,
                new BadInput(
                    "dataset_too_large",
                    $"The datasets are larger than {options.MaxDatasetBytes} bytes in sum ({uri}); the bound is Training:MaxDatasetBytes."
                )
            );
        }
        catch (ApiException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return (0, new BadInput("dataset_not_found", $"The dataset {uri} does not exist: {e.Message}"));
        }
        catch (ApiException e)
        {
            return (0, new BadInput("dataset_refused", $"The dataset {uri} cannot be read: {e.Message}"));
        }
    }

    /// <summary>Begins the file anew with each call, so that a broken transfer can be repeated.</summary>
    private static async Task<long> DownloadAsync(
        string path,
        long maxBytes,
        Func<Stream, CancellationToken, Task> download,
        CancellationToken ct
    )
    {
        await using var file = File.Create(path);
        await using var bounded = new BoundedStream(file, maxBytes);
        await download(bounded, ct);
        return bounded.Written;
    }

    private static async Task<BadInput?> RenameAsync(string raw, string path, string target, CancellationToken ct)
    {
        BadInput? error;
        await using (var source = File.OpenRead(raw))
        await using (var destination = File.Create(path))
        {
            error = await CsvHeader.RenameOutcomeAsync(source, destination, target, ct);
        }
        File.Delete(raw);
        return error;
    }

    /// <summary>A name that tells a reader of error messages which dataset is meant, and is harmless as a file name.</summary>
    private static string FileName(DatasetUri uri)
    {
        var name = uri switch
        {
            ArtifactDataset artifact => Path.GetFileNameWithoutExtension(artifact.Path),
            PredictionsDataset predictions => "predictions-" + predictions.Endpoint,
            _ => "data",
        };
        return string.Concat(name.Take(60).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_'));
    }
}
