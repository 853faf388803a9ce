using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Slipway.Contracts.Messages;
using Slipway.Inference.Engine.Models;
using Slipway.Inference.Engine.Tensors;
using Slipway.Inference.Service.PredictionLog;
using Slipway.Inference.Service.Tests.Hosting;
using Slipway.Messaging;
using Slipway.Testing;

namespace Slipway.Inference.Service.Tests.PredictionLog;

/// <summary>A prediction log over a folder, as a process has it: disposing it is the process's end.</summary>
internal sealed class TestLog : IDisposable
{
    private static readonly ModelSignature s_signature = new(
        [new ModelTensor("x", ElementType.Fp32, [-1, 1], ["batch", ""])],
        [new ModelTensor("prediction", ElementType.Fp32, [-1, 1], ["batch", ""])]
    );

    private readonly RecordPlan _plan = new(s_signature);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public TestLog(
        TempFolder folder,
        Action<PredictionLogOptions>? configure = null,
        IMessagePublisher? publisher = null,
        TimeProvider? time = null
    )
    {
        var options = new PredictionLogOptions
        {
            MaxBatchDelay = TimeSpan.FromMilliseconds(1),
            MinRetryDelay = TimeSpan.FromMilliseconds(10),
            MaxRetryDelay = TimeSpan.FromMilliseconds(50),
        };
        configure?.Invoke(options);
        time ??= TimeProvider.System;
        Metrics = new PredictionLogMetrics(_services.GetRequiredService<IMeterFactory>(), time, NullLogger<PredictionLogMetrics>.Instance);
        Journal = new PredictionJournal(folder.Path, Options.Create(options), Metrics);
        Logger = new PredictionLogger(Journal, Metrics, Options.Create(options));
        Reader = new JournalReader(Journal, Metrics);
        Publisher = new PredictionPublisher(
            Journal,
            publisher ?? new RecordingPublisher(),
            Metrics,
            Options.Create(options),
            time,
            NullLogger<PredictionPublisher>.Instance
        );
    }

    public PredictionLogMetrics Metrics { get; }

    public PredictionJournal Journal { get; }

    public PredictionLogger Logger { get; }

    public JournalReader Reader { get; }

    public PredictionPublisher Publisher { get; }

    /// <summary>Logs one request of one or more rows whose values are the row numbers.</summary>
    public Task LogAsync(string id, int rows = 1, string? traceParent = null)
    {
        using var x = Column("x", rows);
        using var prediction = Column("prediction", rows);
        Logger.Log(
            new AnsweredRequest
            {
                Plan = _plan,
                RequestId = id,
                Endpoint = "demand",
                Model = "bike",
                Version = 3,
                At = DateTimeOffset.UnixEpoch,
                Latency = TimeSpan.FromMilliseconds(2),
                TraceParent = traceParent,
                Inputs = [x],
                Outputs = [prediction],
            }
        );
        return Task.CompletedTask;
    }

    /// <summary>Everything that is left to read.</summary>
    public IReadOnlyList<PredictionRecord> ReadAll()
    {
        using var frames = new RecordBuffer();
        Reader.Read(frames, int.MaxValue, int.MaxValue);
        return PackedRecords.Read(frames.Written);
    }

    public void Dispose()
    {
        Reader.Dispose();
        Publisher.Dispose();
        Journal.Dispose();
        Metrics.Dispose();
        _services.Dispose();
    }

    private static Tensor Column(string name, int rows)
    {
        var tensor = Tensor.Rent(name, ElementType.Fp32, rows, 1);
        for (var i = 0; i < rows; i++)
        {
            tensor.AsSpan<float>()[i] = i;
        }
        return tensor;
    }
}
