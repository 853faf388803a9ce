using System.Threading.Channels;
using Slipway.Contracts.Mlflow;
using Slipway.Training.Worker.Jobs;

namespace Slipway.Training.Worker.Registration;

/// <summary>
/// Sends the params and metric points of a run to the registry in batches while training goes on. While the registry is away points wait, up to
/// a bound; then the training program waits too. <see cref="CompleteAsync"/> returns when all are sent.
/// </summary>
internal sealed class MetricStream : IAsyncDisposable
{
    private const int MaxWaiting = 50_000;
    private static readonly TimeSpan s_batchInterval = TimeSpan.FromSeconds(1);
    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }
    );
    private readonly CancellationTokenSource _stop;
    private readonly JobContext _job;
    private readonly MlflowClient _mlflow;
    private readonly string _runId;
    private readonly TimeProvider _time;
    private readonly Task _sending;

    public MetricStream(JobContext job, MlflowClient mlflow, string runId, TimeProvider time, CancellationToken ct)
    {
        (_job, _mlflow, _runId, _time) = (job, mlflow, runId, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _sending = SendAllAsync(_stop.Token);
    }

    public ValueTask MetricAsync(string key, double value, long step, CancellationToken ct) =>
        WriteAsync(
            new Entry(
                new MlflowMetric
                {
                    Key = key,
                    Value = value,
                    Step = step,
                    Timestamp = _time.GetUtcNow().ToUnixTimeMilliseconds(),
                },
                null
            ),
            ct
        );

    public ValueTask ParamAsync(string key, string value, CancellationToken ct) => WriteAsync(new Entry(null, new(key, value)), ct);

    /// <summary>Sends what is left. Throws what the registry refused.</summary>
    public async Task CompleteAsync()
    {
        _entries.Writer.TryComplete();
        await _sending;
    }

    public async ValueTask DisposeAsync()
    {
        _entries.Writer.TryComplete();
        await _stop.CancelAsync();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async ValueTask WriteAsync(Entry entry, CancellationToken ct)
    {
        try
        {
            await _entries.Writer.WriteAsync(entry, ct);
        }
        catch (ChannelClosedException)
        {
            // Sending has failed: its own exception says why.
            await _sending;
            throw;
        }
    }

    private async Task SendAllAsync(CancellationToken ct)
    {
        try
        {
            var metrics = new List<MlflowMetric>();
            var parameters = new Dictionary<string, string>();
            while (await _entries.Reader.WaitToReadAsync(ct))
            {
                while (metrics.Count + parameters.Count < LogBatchRequest.MaxItems && _entries.Reader.TryRead(out var entry))
                {
                    if (entry.Metric is { } metric)
                    {
                        metrics.Add(metric);
                    }
                    else if (entry.Param is { } param)
                    {
                        parameters[param.Key] = param.Value;
                    }
                }
                await _job.CallAsync(
                    RemoteServices.RegistryName,
                    token => _mlflow.LogBatchAsync(_runId, metrics, parameters, null, token),
                    ct
                );
                metrics.Clear();
                parameters.Clear();
                // Gather a batch, unless there is nothing more to come.
                await Task.WhenAny(_entries.Reader.Completion, Task.Delay(s_batchInterval, _time, ct));
            }
        }
        catch (Exception e)
        {
            _entries.Writer.TryComplete(e);
            throw;
        }
    }

    private readonly record struct Entry(MlflowMetric? Metric, MlflowKeyValue? Param);
}
