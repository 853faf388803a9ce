using Slipway.Contracts.Messages;
using Slipway.Messaging;

namespace Slipway.Inference.Service.Tests.Hosting;

/// <summary>A publisher that keeps what it is given, and fails while it is told to.</summary>
internal sealed class RecordingPublisher : IMessagePublisher
{
    private readonly Lock _gate = new();
    private readonly List<PredictionsLogged> _batches = [];
    private int _failures;

    /// <summary>Whether the broker is away.</summary>
    public bool IsAway { get; set; }

    /// <summary>Attempts that failed.</summary>
    public int Failures => Volatile.Read(ref _failures);

    public IReadOnlyList<PredictionsLogged> Batches
    {
        get
        {
            lock (_gate)
            {
                return [.. _batches];
            }
        }
    }

    public IReadOnlyList<PredictionRecord> Records => [.. Batches.SelectMany(batch => batch.ReadRecords())];

    public Task PublishAsync<T>(T message, CancellationToken cancellationToken)
        where T : class
    {
        if (IsAway)
        {
            Interlocked.Increment(ref _failures);
            throw new MessageNotPublishedException("the broker is away");
        }
        if (message is PredictionsLogged batch)
        {
            lock (_gate)
            {
                _batches.Add(batch);
            }
        }
        return Task.CompletedTask;
    }
}
